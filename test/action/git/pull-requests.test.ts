import { inBoth, testBoth, testShallow } from "./pull-requests.ts";
import { SHAPES } from "./shapes.ts";

testBoth(SHAPES.filter(inBoth));
testShallow(SHAPES.filter((shape, index) => !inBoth(shape, index)));
