import { testInputs } from "./fuzz.ts";

/** `test/exhaustive` runs ten times as many. */
testInputs(5_000);
