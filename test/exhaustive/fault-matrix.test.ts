import { testCells } from "../integration/fault-matrix/matrix.ts";
import { share } from "../integration/fault-matrix/share.ts";

/** The cells that `test/integration/fault-matrix` leaves out. */
testCells(share().rest);
