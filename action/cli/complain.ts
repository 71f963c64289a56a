import { visible } from "../report/escape.ts";
import { wrapLines } from "../report/wrap-lines.ts";

/** Prints what was wrong; returns the exit code of a scan that was not possible. */
export type Complain = (sentence: string) => 2;

/** @param program as it was started, which signs what it complains of */
export const complaintsOf =
  (program: string): Complain =>
  (sentence) => {
    process.stderr.write(wrapLines(`${program}: ${visible(sentence)}\n`, process.stderr));
    return 2;
  };
