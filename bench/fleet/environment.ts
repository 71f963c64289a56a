/** What a fleet's callers request. */
export interface TokenQuery {
  /** Number of the subject; 0 is the app's own enterprise. */
  readonly subject: number;
  /** Milliseconds, by the simulation's clock, at which the caller stops waiting. */
  readonly deadline: number;
}

/** One Lambda environment, which serves one request at a time. */
export interface Environment {
  /** @returns why there is no token; undefined where there is one */
  serve(query: TokenQuery): Promise<string | undefined>;
}

/** What a fleet is made of. */
export interface Strategy {
  readonly name: string;
  /** Begins when Lambda starts an environment, and ends when that can serve. */
  start(): Promise<Environment>;
}
