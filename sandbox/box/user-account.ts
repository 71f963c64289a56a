/** An address besides the login. */
export interface EmailAlias {
  readonly id: string;
  readonly email: string;
}

/** What the API has changed about a user. Times are by Box's clock, in milliseconds since 1970. */
export interface UserAccount {
  readonly createdAt: number;
  modifiedAt: number;
  /** By their names in the API; see `USER_ATTRIBUTES`. */
  readonly attributes: Record<string, unknown>;
  readonly aliases: EmailAlias[];
}

/** The values that an attribute may have: JSON's own types, some texts, or at most so many characters. */
interface Attribute {
  readonly is: "boolean" | "integer" | "text" | "list";
  readonly oneOf?: readonly string[];
  readonly maxLength?: number;
  readonly initial: unknown;
  /** Whether a response has it only where `fields` names it. */
  readonly onRequest?: true;
}

/** The attributes of a user that the API keeps and returns, with Box's names. */
export const USER_ATTRIBUTES = {
  language: { is: "text", initial: "en" },
  timezone: { is: "text", initial: "America/Los_Angeles" },
  space_amount: { is: "integer", initial: 10_737_418_240 },
  status: {
    is: "text",
    oneOf: ["active", "inactive", "cannot_delete_edit", "cannot_delete_edit_upload"],
    initial: "active",
  },
  job_title: { is: "text", maxLength: 100, initial: "" },
  phone: { is: "text", maxLength: 100, initial: "" },
  address: { is: "text", maxLength: 255, initial: "" },
  role: { is: "text", oneOf: ["coadmin", "user"], initial: "user", onRequest: true },
  tracking_codes: { is: "list", initial: [], onRequest: true },
  can_see_managed_users: { is: "boolean", initial: true, onRequest: true },
  is_sync_enabled: { is: "boolean", initial: false, onRequest: true },
  is_external_collab_restricted: { is: "boolean", initial: false, onRequest: true },
  is_exempt_from_device_limits: { is: "boolean", initial: false, onRequest: true },
  is_exempt_from_login_verification: { is: "boolean", initial: false, onRequest: true },
  external_app_user_id: { is: "text", initial: undefined, onRequest: true },
} as const satisfies Record<string, Attribute>;

/** When the users of the sample and of a seed were created. */
const SAMPLE_TIME = Date.UTC(2026, 0, 1);

export const newAccount = (at = SAMPLE_TIME): UserAccount => ({
  createdAt: at,
  modifiedAt: at,
  attributes: {},
  aliases: [],
});

/** What is wrong with a value for the attribute, as a sentence; `undefined` if nothing is. */
export function attributeFault(name: keyof typeof USER_ATTRIBUTES, value: unknown): string | undefined {
  const { is, oneOf, maxLength }: Attribute = USER_ATTRIBUTES[name];
  const fits = {
    boolean: typeof value === "boolean",
    integer: Number.isSafeInteger(value),
    text: typeof value === "string" && (oneOf?.includes(value) ?? value.length <= (maxLength ?? 255)),
    list: Array.isArray(value),
  }[is];
  if (fits) return undefined;
  if (oneOf !== undefined) return `'${name}' must be one of ${oneOf.join(", ")}`;
  return `'${name}' must be ${is === "text" ? `text of at most ${maxLength ?? 255} characters` : `a ${is}`}`;
}
