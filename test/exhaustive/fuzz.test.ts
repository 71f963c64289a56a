import { testInputs } from "../unit/functions/edges/fuzz.ts";

testInputs(50_000);
