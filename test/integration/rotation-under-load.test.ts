import { testRotations } from "../support/rotation-under-load.ts";

/** `test/exhaustive` runs the same with more requests. */
testRotations(1_200);
