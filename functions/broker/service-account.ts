import { WRONG_ACCOUNT } from "./health-advice.ts";
import type { Subject } from "./ports.ts";

/** The user of a token: three properties of Box's `users/me`. */
export interface BoxUser {
  readonly id: string;
  readonly name: string;
  readonly login: string;
}

/** A token of another account than it should be. */
export class AccountMismatch extends Error {
  readonly code = WRONG_ACCOUNT;
}

/** Box gives every Service Account a login of this form. */
const SERVICE_ACCOUNT = /^AutomationUser_\w+@boxdevedition\.com$/;

/** @throws {AccountMismatch} */
export function requireAccount(
  { id, login }: BoxUser,
  subject: Subject,
  expected = subject.type === "user" ? subject.id : undefined,
): void {
  if (expected === undefined) {
    if (SERVICE_ACCOUNT.test(login)) return;
    throw new AccountMismatch(`The token is ${login} (${id}), which is not the login of a Service Account.`);
  }
  if (expected !== id && expected !== login) {
    throw new AccountMismatch(`The token is ${login} (${id}); expected ${expected}.`);
  }
}
