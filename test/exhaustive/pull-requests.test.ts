import { inBoth, testBoth } from "../action/git/pull-requests.ts";
import { SHAPES } from "../action/git/shapes.ts";

/** The shapes that `test/action/git/pull-requests.test.ts` scans in the shallow checkout alone. */
testBoth(SHAPES.filter((shape, index) => !inBoth(shape, index)));
