import { testRotations } from "../support/rotation-under-load.ts";

testRotations(3_000);
