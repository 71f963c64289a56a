import { testCells } from "../integration/fault-matrix/matrix.ts";
import { share } from "../integration/fault-matrix/share.ts";

/** The cases that `test/integration/fault-matrix` omits. */
testCells(share().rest);
