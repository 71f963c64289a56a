import { describe, expect, it } from "vitest";
import { isMadeUp } from "../../../action/rules/box-secret/randomness.ts";
import { seededText } from "./recall/kinds.ts";

describe("isMadeUp", () => {
  it.each(["hex", "lower", "any"] as const)(
    "takes no random value of the alphabet %s for a placeholder",
    (alphabet) => {
      const values = Array.from({ length: 2_000 }, (_, at) => seededText(`made up/${at}`, 32, alphabet));
      expect(values.filter(isMadeUp)).toEqual([]);
    },
  );
});
