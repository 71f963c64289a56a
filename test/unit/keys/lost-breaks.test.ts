import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { withoutLostBreaks } from "../../../keys/pem/lost-line-breaks.ts";

/** Its last letter is not the n that a lost line break leaves: such a body can be read in two ways. */
function body(octets: number): string {
  for (;;) {
    const base64 = randomBytes(octets).toString("base64");
    if (!/n=*$/.test(base64)) return base64;
  }
}
const wrapped = (base64: string, width: number, mark: string) =>
  (base64.match(new RegExp(`.{1,${width}}`, "g")) ?? []).join(mark);
const bare = (base64: string) => base64.replace(/=+$/, "");

describe("line breaks that lost their backslashes", () => {
  it.each([64, 70, 76, 72, 60, 48, 65, 100])("are taken out of lines of %i characters", (width) => {
    const key = body(1200);
    for (const mark of ["n", "rn"])
      for (const end of ["", mark]) {
        const text = wrapped(key, width, mark) + end;
        expect([...withoutLostBreaks(text, bare(key).length)]).toContain(bare(key));
        expect([...withoutLostBreaks(`${text}-----`, undefined)][0]).toBe(bare(key));
      }
  });

  it("are taken from the end of a body of one line", () => {
    for (const mark of ["n", "rn"])
      expect([...withoutLostBreaks(`${"A".repeat(64)}${mark}`, 64)]).toEqual(["A".repeat(64)]);
  });

  it("are not seen in base64 that has none", () => {
    const key = bare(body(1203));
    expect([...withoutLostBreaks(key, key.length)]).toEqual([]);
    expect([...withoutLostBreaks(key, undefined)]).toEqual([]);
    expect([...withoutLostBreaks(wrapped(key, 64, "\n"), key.length)]).toEqual([]);
  });

  it("are not taken out where one of them is missing", () => {
    const text = wrapped("A".repeat(640), 64, "n");
    expect([...withoutLostBreaks(text, 640)]).toEqual(["A".repeat(640)]);
    expect([...withoutLostBreaks(`${text.slice(0, 129)}A${text.slice(130)}`, 640)]).toEqual([]);
  });

  it("give a few readings of a text that is nothing else", () => {
    expect([...withoutLostBreaks("n".repeat(100_000), undefined)].length).toBeLessThanOrEqual(3);
    expect([...withoutLostBreaks("rn".repeat(50_000), undefined)].length).toBeLessThanOrEqual(3);
  });
});
