import { everyNth } from "../../support/samples.ts";
import { inBoth, testBoth, testShallow } from "./pull-requests.ts";
import { SHAPES } from "./shapes.ts";

testBoth(everyNth(SHAPES.filter(inBoth), 3));
testShallow(
  everyNth(
    SHAPES.filter((shape, index) => !inBoth(shape, index)),
    2,
  ),
);
