import { expect, it } from "vitest";
import { BOX_SCOPES, misspeltScopes, undocumentedScopes } from "../../../schemas/protocol/scopes.ts";
import { parseTokenRequest } from "../../../schemas/protocol/token-request.ts";

it("the scope check suggests Box's most similar documented scope for each misspelt one, five at most", () => {
  expect(misspeltScopes(["item_downlod"])).toBe(
    "Box documents no scope item_downlod (did you mean item_download?).",
  );
  expect(misspeltScopes(["base_preveiw", "gcm", "root_readwrit"])).toBe(
    "Box documents no scope base_preveiw (did you mean base_preview?), root_readwrit (did you mean root_readwrite?).",
  );
  const many = BOX_SCOPES.filter((scope) => scope.length > 8).map((scope) => `${scope}x`);
  expect(misspeltScopes(many)?.match(/did you mean/g)).toHaveLength(5);
});

it("the scope check reports that scopes are separated by spaces where one has a comma", () => {
  expect(undocumentedScopes(["a,b"])).toBe(
    "Box documents no scope a,b. Scopes are separated by spaces, not by commas.",
  );
});

it("the scope check suggests nothing for a documented scope, or for one without a similar scope", () => {
  expect(misspeltScopes(BOX_SCOPES)).toBeUndefined();
  expect(misspeltScopes(["something_that_box_adds_next_year", "x".repeat(2000)])).toBeUndefined();
});

it("the scope check does not refuse a request with a misspelt scope, because Box may have added it", () => {
  expect(parseTokenRequest({ scope: "item_downlod" })).toMatchObject({
    ok: true,
    value: { scopes: ["item_downlod"] },
  });
});
