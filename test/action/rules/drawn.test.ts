import { describe, expect, it } from "vitest";
import { isMadeUp } from "../../../action/rules/box-secret/drawn.ts";
import { drawn } from "./recall/kinds.ts";

describe("isMadeUp", () => {
  it.each(["hex", "lower", "any"] as const)(
    "takes no drawn value of the alphabet %s for a placeholder",
    (alphabet) => {
      const values = Array.from({ length: 2_000 }, (_, at) => drawn(`made up/${at}`, 32, alphabet));
      expect(values.filter(isMadeUp)).toEqual([]);
    },
  );
});
