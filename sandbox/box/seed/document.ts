import type { Scope } from "../../../schemas/protocol/scopes.ts";
import type { SharedLinkAccess } from "../items/item.ts";
import type { Role } from "../items/roles.ts";

/** What `/state` returns and takes, and what a `box-seed.json` is. Paths are those of the owner: `/Reports/2026`. */
export interface StateDocument {
  /** By client ID: known ones are changed, others are created. */
  readonly apps?: readonly AppEntry[];
  readonly users?: readonly UserEntry[];
  readonly folders?: readonly FolderEntry[];
  readonly files?: readonly FileEntry[];
  readonly collaborations?: readonly CollaborationEntry[];
  readonly webhooks?: readonly WebhookEntry[];
}

export interface AppEntry {
  readonly clientId: string;
  /** Default, for a new app: a generated one. */
  readonly clientSecret?: string;
  readonly enterpriseId?: string;
  readonly authentication?: "jwt" | "client_credentials" | "oauth2" | "app_token";
  readonly authorized?: boolean;
  readonly enabled?: boolean;
  readonly userTokens?: boolean;
  readonly asUser?: boolean;
  readonly accessLevel?: "app" | "app+enterprise";
  readonly scopes?: readonly Scope[];
  readonly redirectUris?: readonly string[];
  /** PEM by publicKeyID. */
  readonly publicKeys?: Readonly<Record<string, string>>;
  /** Keys with which Box signs webhooks. */
  readonly signatureKeys?: { readonly primary?: string; readonly secondary?: string };
  readonly serviceAccountId?: string;
}

export interface UserEntry {
  readonly id?: string;
  readonly name: string;
  readonly login: string;
  /** Default `managed`. */
  readonly kind?: "managed" | "app-user";
  /** Default: that of the first app. */
  readonly enterpriseId?: string;
}

export interface ItemEntry {
  /** Folders on the way are created. */
  readonly path: string;
  readonly id?: string;
  /** Login or id; default: the Service Account of the first app. */
  readonly owner?: string;
  readonly description?: string;
  readonly tags?: readonly string[];
  /** `true` for a link that anyone may open. */
  readonly sharedLink?: boolean | SharedLinkEntry;
}

export type FolderEntry = ItemEntry;

export interface FileEntry extends ItemEntry {
  readonly text?: string;
  readonly base64?: string;
  /** In bytes; what has one needs a content as well. */
  readonly size?: number;
  /** Lower-case hex, of the content. */
  readonly sha1?: string;
}

export interface SharedLinkEntry {
  /** Default: a generated one. */
  readonly url?: string;
  readonly access?: SharedLinkAccess;
  readonly password?: string;
  readonly canDownload?: boolean;
}

/** Names an item. */
export interface ItemReference {
  /** Path of a file or folder, or its id. */
  readonly item: string;
  /** Whose path it is; default as for items. */
  readonly owner?: string;
}

export interface CollaborationEntry extends ItemReference {
  /** Login or id. */
  readonly user: string;
  readonly role: Role;
  /** Default `accepted`; no other one has an effect. */
  readonly status?: "accepted" | "pending" | "rejected";
}

export interface WebhookEntry extends ItemReference {
  readonly id?: string;
  /** Client ID; default: the first app. */
  readonly app?: string;
  /** Login or id; default: the app's Service Account. */
  readonly user?: string;
  readonly address: string;
  readonly triggers: readonly string[];
}

/** What is wrong with a document, by JSON pointer (RFC 6901). */
export interface SeedIssue {
  readonly pointer: string;
  readonly message: string;
}
