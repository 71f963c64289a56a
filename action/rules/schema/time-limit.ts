import { createContext, Script } from "node:vm";

/** Thrown by `withTimeLimit`. */
export class TimeLimitExceeded extends Error {
  override readonly name = "TimeLimitExceeded";
}

const context: { act: () => void } = { act: () => {} };
const isolated = createContext(context);
const script = new Script("act()");

/**
 * What `act` returns. Throws `TimeLimitExceeded` where it takes longer than `milliseconds`: V8 ends it wherever it is, also
 * inside of a regular expression that tries without end.
 */
export function withTimeLimit<Value>(milliseconds: number, act: () => Value): Value {
  const done: { value?: Value } = {};
  context.act = () => {
    done.value = act();
  };
  try {
    script.runInContext(isolated, { timeout: milliseconds });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ERR_SCRIPT_EXECUTION_TIMEOUT")
      throw new TimeLimitExceeded();
    throw error;
  }
  return done.value as Value;
}
