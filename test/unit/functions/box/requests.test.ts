import { expect, it } from "vitest";
import { clientCredentialsForm, exchangeForm, jwtGrantForm } from "../../../../functions/box/requests.ts";
import { credentialsOf } from "../../../support/fake-ports.ts";

const credentials = credentialsOf({ clientID: "cl1ent", clientSecret: "s3cr+t &=é" });

it("the request builder builds the JWT grant byte for byte", () => {
  expect(jwtGrantForm(credentials, "aaa.bbb-_.ccc")).toBe(
    "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer" +
      "&client_id=cl1ent&client_secret=s3cr%2Bt+%26%3D%C3%A9&assertion=aaa.bbb-_.ccc",
  );
});

it.each(["enterprise", "user"] as const)(
  "the request builder builds the Client Credentials Grant of %s byte for byte",
  (type) => {
    expect(clientCredentialsForm(credentials, { type, id: "900001" })).toBe(
      "grant_type=client_credentials&client_id=cl1ent&client_secret=s3cr%2Bt+%26%3D%C3%A9" +
        `&box_subject_type=${type}&box_subject_id=900001`,
    );
  },
);

it("the request builder builds the exchange byte for byte, without client credentials", () => {
  const resource = "https://api.box.com/2.0/folders/987";
  expect(exchangeForm("1!tok+en", { scopes: ["base_preview", "item_download"], resource })).toBe(
    "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange&subject_token=1%21tok%2Ben" +
      "&subject_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Aaccess_token" +
      "&scope=base_preview+item_download&resource=https%3A%2F%2Fapi.box.com%2F2.0%2Ffolders%2F987",
  );
});

it("the request builder omits the resource from an exchange without one", () => {
  expect(exchangeForm("t", { scopes: ["item_download"] })).toBe(
    "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange&subject_token=t" +
      "&subject_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Aaccess_token&scope=item_download",
  );
});
