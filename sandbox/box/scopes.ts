import { includesScope, type Scope } from "../../schemas/protocol/scopes.ts";

const READ = [
  "annotation_view_all",
  "annotation_view_self",
  "base_explorer",
  "base_picker",
  "base_preview",
  "base_sidebar",
  "item_download",
  "item_preview",
  "item_read",
] as const satisfies readonly Scope[];

const WRITE = [
  "annotation_edit",
  "base_upload",
  "item_delete",
  "item_rename",
  "item_share",
  "item_upload",
] as const satisfies readonly Scope[];

/** The narrower scopes that a token of an app's scope can be exchanged for. */
const INCLUDED: ReadonlyMap<string, readonly Scope[]> = new Map<Scope, readonly Scope[]>([
  ["root_readonly", READ],
  ["root_readwrite", [...READ, ...WRITE, "root_readonly"]],
  ["enterprise_content", [...READ, ...WRITE]],
  ["gcm", [...READ, ...WRITE]],
  ["manage_legal_holds", ["manage_legal_hold"]],
  ["manage_legal_hold", ["manage_legal_holds"]],
]);

/** What a token must hold one of. */
export const REQUIRED_SCOPES = {
  folder: ["base_explorer", "base_picker", "base_upload", "item_read", "item_preview", "item_download"],
  file: [
    "base_explorer",
    "base_picker",
    "base_preview",
    "base_sidebar",
    "item_read",
    "item_preview",
    "item_download",
  ],
  content: ["item_download"],
  upload: ["base_upload", "item_upload"],
  delete: ["item_delete"],
  rename: ["item_rename"],
  share: ["item_share"],
  /** What no narrower scope is for: copying, moving, versions, what is in the trash. */
  write: ["root_readwrite", "enterprise_content", "gcm"],
} as const satisfies Readonly<Record<string, readonly Scope[]>>;

/** Whether a token with the scopes `held` may do what `scope` allows. */
export function hasScope(held: ReadonlySet<string>, scope: string): boolean {
  return held.has(scope) || [...held].some((wide) => includesScope(INCLUDED.get(wide) ?? [], scope));
}
