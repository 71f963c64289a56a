import type { IssueTable, IssueText } from "../json/issue-text.ts";

const STORE =
  "Store the file as it is: aws secretsmanager put-secret-value --secret-string file://config.json";
const REFERENCE = "Remove the property, or write a reference to the place where the private key is kept.";
const IGNORED = "No property of this name is known here; it is ignored.";

/** What is wrong with a Box config beyond its schema's keywords, or was repaired in it. */
export const CONFIG_ISSUES = {
  property_misplaced: ({ home }: { readonly home: string }) => ({
    message: IGNORED,
    fix: `It belongs in ${home === "" ? "the document itself" : home}.`,
  }),
  property_misspelt: (_: undefined, suggestion = "another name") => ({
    message: IGNORED,
    fix: `Did you mean ${suggestion}?`,
  }),
  /** Nothing suggests that it is a mistake. */
  property_unknown: { message: IGNORED, fix: "Remove it, unless Box has added it." },

  config_enterprise_zero: {
    message:
      "The id 0 means that the app was made in a free personal account, which has no enterprise to get tokens for.",
    fix: "Make the app in an account of an enterprise, or of a free Box developer account, and download its config; or put your own user id as userID instead of enterpriseID.",
  },
  config_key_as_key_id: {
    message: "This is a key; expected: the short ID that Box gave the public key.",
    fix: "Copy it from Developer Console > the app > Configuration > Add and Manage Public Keys.",
  },
  config_enterprise_ignored: {
    message: "This is no enterprise; the app gets tokens for userID alone.",
    fix: "Remove enterpriseID.",
  },
  /** Facts: the pointer of the property that stands for one kind of app; the issue is at that of another. */
  config_kinds_several: ({ first }: { readonly first: string }) => ({
    message: `${first} makes this the config of one kind of app, this property that of another.`,
    fix: "Keep the one that fits Developer Console > the app > Configuration > Authentication Method; each app has a secret of its own.",
  }),
  config_enterprise_missing: {
    message: "The property is missing: App Tokens act as the Service Account of the app's enterprise.",
    fix: 'Add it, for example "123456" (Developer Console > the app > General Settings > App Info).',
  },
  config_whitespace: {
    message: "The value has whitespace at its start or end, which was taken off.",
    fix: "Remove it: others, the Box SDKs among them, send it as it is.",
  },
  config_passphrase_line_break: {
    message: "The passphrase ends with a line break, which was taken off.",
    fix: "Remove it: the key does not open with it.",
  },
  config_id_is_number: {
    message: "The id is a number; its digits were taken as the string.",
    fix: "Put it into double quotes: the Box SDKs refuse or ignore a number.",
  },

  config_byte_order_mark: {
    message: "The config begins with a byte order mark, which was taken off.",
    fix: "Save it without.",
  },
  config_base64: { message: "The config is base64, which was decoded.", fix: STORE },
  config_quoted: {
    message: "The config is a JSON string that holds the JSON, which was unpacked.",
    fix: STORE,
  },
  config_escaped: {
    message: "The config's quotes are escaped by backslashes, which were taken off.",
    fix: STORE,
  },
  config_too_many_layers: { message: "The config is encoded several times over.", fix: STORE },
  config_in_secret_value: {
    message: "This is the response of GetSecretValue, and the config is inside it.",
    fix: "Store the config alone: aws secretsmanager get-secret-value … --query SecretString --output text gives it.",
  },
  config_in_string: {
    message: "The config is a string inside this property.",
    fix: "Store the config alone: use the Plaintext tab of the Secrets Manager console, not Key/value.",
  },
  config_in_property: {
    message: "The config is inside this property.",
    fix: `Store what the property holds. ${STORE}`,
  },

  /** Facts: the refusal's own text, from the table of `keys/errors.ts`. */
  private_key_refused: ({ message, fix }: IssueText) => ({ message, fix }),
  private_key_repaired: ({ repairs }: { readonly repairs: readonly string[] }) => ({
    message: `The private key was damaged on its way and was repaired: ${repairs.join("; ")}.`,
    fix: "Store it as Box or OpenSSL wrote it; other programs cannot read it like this.",
  }),
  /** Facts: what it is, in the words of `keys/`. */
  private_key_is_public: ({ message }: Pick<IssueText, "message">) => ({ message, fix: REFERENCE }),
  private_key_absent: {
    message: "This is neither a private key nor a reference to one.",
    fix: REFERENCE,
  },
} as const satisfies IssueTable;
