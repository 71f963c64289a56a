import { InsightsError } from "./syntax.ts";
import type { Token } from "./tokens.ts";

/** Reads tokens one by one. */
export class Reader {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  get next(): Token | undefined {
    return this.#tokens[this.#at];
  }

  /** Takes the next token if it is this keyword or symbol. Keywords are lower-case, as in AWS's documentation. */
  takes(text: string): boolean {
    const { next } = this;
    const isIt = next?.text === text && (next.kind === "symbol" || next.kind === "name");
    if (isIt) this.#at++;
    return isIt;
  }

  needs(text: string): void {
    if (!this.takes(text)) throw new InsightsError(`Expected ${text}, not ${this.next?.text ?? "the end"}.`);
  }

  take(kind: Token["kind"]): string {
    const { next } = this;
    if (next?.kind !== kind) throw new InsightsError(`Expected a ${kind}, not ${next?.text ?? "the end"}.`);
    this.#at++;
    return next.text;
  }
}
