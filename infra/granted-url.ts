import { Lazy } from "aws-cdk-lib";
import type { FunctionUrlAccess } from "./function-url-access.ts";

/**
 * The Function URL of `token-url`: an endpoint on the internet, which is made with the first grant. What is read of it
 * before that has its value at the synth.
 */
export class GrantedUrl {
  readonly #make: () => FunctionUrlAccess;
  #access: FunctionUrlAccess | undefined;
  /** Properties that were read before there was one. */
  readonly #read = new Set<string>();

  constructor(make: () => FunctionUrlAccess) {
    this.#make = make;
  }

  /** `undefined` before the first grant. */
  get access(): FunctionUrlAccess | undefined {
    return this.#access;
  }

  make(): FunctionUrlAccess {
    this.#access ??= this.#make();
    return this.#access;
  }

  /** @param property of the service, for the sentence about one that is read and never made */
  read(property: string, value: (access: FunctionUrlAccess) => string): string {
    if (this.#access !== undefined) return value(this.#access);
    this.#read.add(property);
    return Lazy.string({ produce: () => (this.#access === undefined ? "" : value(this.#access)) });
  }

  /** A sentence for each property that was read of a Function URL that is not there. */
  readInVain(): readonly string[] {
    if (this.#access !== undefined) return [];
    return [...this.#read].map(
      (property) =>
        `service.${property}: no caller is granted the Function URL, so that there is none; grant it with grantInvokeUrl, or do not read ${property}.`,
    );
  }
}
