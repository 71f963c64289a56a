import { Buffer } from "node:buffer";
import { describe, expect, it } from "vitest";
import { boxSecretRule } from "../../../action/rules/box-secret/box-secret.ts";
import { privateKeyRule } from "../../../action/rules/private-key/private-key.ts";
import { scanSource } from "../../../action/scan/scan-source.ts";
import { SkippedList } from "../../../action/scan/skipped.ts";
import { boxStylePem, rsaKeyPair } from "../../keys.ts";
import { SECRETS } from "./vectors.ts";

const start = { line: 1, column: 1 };
const config = () =>
  JSON.stringify(
    {
      boxAppSettings: {
        clientID: SECRETS.id,
        clientSecret: SECRETS.alnum,
        appAuth: {
          publicKeyID: "abcdefgh",
          privateKey: boxStylePem(rsaKeyPair().privateKey),
          passphrase: SECRETS.hex,
        },
      },
      enterpriseID: "123456",
    },
    undefined,
    2,
  );
const placesIn = (text: string, encoding: "utf8" | "utf16le" = "utf8") => {
  const bytes = Buffer.from(encoding === "utf8" ? text : `\uFEFF${text}`, encoding);
  return [boxSecretRule, privateKeyRule].flatMap((rule) =>
    rule
      .find({ path: "box.json", bytes, whole: true, start })
      .map(({ identity, line, column }) => [identity, line, column]),
  );
};

describe("lines that end with a carriage return alone", () => {
  it.each(["utf8", "utf16le"] as const)(
    "have the same findings at the same places as those with a line feed, in %s",
    (encoding) => {
      const text = config();
      const expected = placesIn(text, encoding);
      expect(expected).toHaveLength(3);
      expect(placesIn(text.replaceAll("\n", "\r"), encoding)).toEqual(expected);
      expect(placesIn(text.replaceAll("\n", "\r\n"), encoding)).toEqual(expected);
    },
  );

  it.each(["\r", "\r\n", "\n"])("are counted in every window of a large file: %j", async (end) => {
    const bytes = Buffer.from(`${`a = 1${end}`.repeat(9000)}BOX_CLIENT_SECRET=${SECRETS.alnum}${end}`);
    for (const overlap of [2000, 2001, 2002, 2003, 2004, 2005, 2006]) {
      const source = {
        path: ".env",
        size: bytes.length,
        async *chunks() {
          yield bytes;
        },
      };
      const { findings } = await scanSource(source as never, [boxSecretRule], { whole: 20_000, overlap });
      expect(findings.map(({ line, column }) => [line, column])).toEqual([[9001, 19]]);
    }
  });
});

describe("places of skipped content", () => {
  const listed = (paths: readonly string[]) => {
    const list = new SkippedList();
    for (const path of paths) list.add(["archive"], { path, commit: null });
    return list.list(new Set());
  };

  it("are the same in whichever order the files were scanned", () => {
    const paths = Array.from({ length: 2500 }, (_, at) => `${String(at).padStart(4, "0")}.zip`);
    const [skipped] = listed(paths);
    expect(skipped?.count).toBe(2500);
    expect(skipped?.places.map(({ path }) => path)).toEqual(paths.slice(0, 1000));
    expect(listed(paths.toReversed())).toEqual([skipped]);
  });
});
