import { testInputs } from "./fuzz.ts";

/** `test/exhaustive` runs 50,000 inputs. */
testInputs(1_500);
