import { testInputs } from "./fuzz.ts";

/** `test/exhaustive` runs ten times as many inputs. */
testInputs(5_000);
