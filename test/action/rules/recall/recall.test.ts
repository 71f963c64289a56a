import { Buffer } from "node:buffer";
import { describe, expect, it } from "vitest";
import { boxSecretRule } from "../../../../action/rules/box-secret/box-secret.ts";
import { type Sample, samples } from "./corpus.ts";
import { HARMLESS } from "./harmless.ts";

/** What has to be found of each kind and of each group of forms. */
const LEAST = 0.95;

const findingsIn = ({ path, text }: Pick<Sample, "path" | "text">) =>
  boxSecretRule.find({ path, bytes: Buffer.from(text), whole: true, start: { line: 1, column: 1 } });

/** Whether the secret is reported where it is; what is encoded, anywhere in the file. */
function isFound(sample: Sample): boolean {
  const { text, value, kind } = sample;
  const at = text.lastIndexOf(value);
  const line = text.slice(0, at).split("\n").length;
  const column = at - text.lastIndexOf("\n", at - 1);
  return findingsIn(sample).some(
    (finding) =>
      (at < 0 || isEncoded(text, value) || (finding.line === line && finding.column === column)) &&
      (finding.kind === kind || SAME_FORM.has(kind)),
  );
}

/** A part of a downscoped token is random, the rest is around it. */
const isEncoded = (text: string, value: string) => text.includes(`1!${value}`);

/** Kinds whose names hardly distinguish them: an app token may be called an access token. */
const SAME_FORM: ReadonlySet<string> = new Set(["access token", "developer token", "app token"]);

const all = samples().map((sample) => ({ sample, found: isFound(sample) }));

function expectRecall(of: readonly (typeof all)[number][]): void {
  const missed = of.filter(({ found }) => !found).map(({ sample }) => `${sample.form}: ${sample.kind}`);
  const recall = 1 - missed.length / of.length;
  expect(recall, `missed: ${missed.join("; ")}`).toBeGreaterThanOrEqual(LEAST);
}

describe("recall of box-secret", () => {
  const kinds = [...new Set(all.map(({ sample }) => sample.kind))];
  it.each(kinds)("is at least 95 %% for every %s", (kind) =>
    expectRecall(all.filter(({ sample }) => sample.kind === kind)),
  );

  const groups = [...new Set(all.map(({ sample }) => sample.group))];
  it.each(groups)("is at least 95 %% for the forms in the group %s", (group) =>
    expectRecall(all.filter(({ sample }) => sample.group === group)),
  );

  it("is more than nothing for every form", () => {
    const forms = [...new Set(all.map(({ sample }) => `${sample.group}: ${sample.form}`))];
    const found = new Set(
      all.flatMap((one) => (one.found ? [`${one.sample.group}: ${one.sample.form}`] : [])),
    );
    expect(forms.length).toBeGreaterThanOrEqual(300);
    expect(forms.filter((form) => !found.has(form))).toEqual([]);
  });
});

describe("precision of box-secret", () => {
  it.each(HARMLESS)("reports nothing for %s", (_what, path, text) => {
    expect(findingsIn({ path, text })).toEqual([]);
  });

  it("reports nothing for the forms of the corpus when another party is named instead of Box", () => {
    const wrong = all
      .filter(({ sample }) => sample.group === "constants" || sample.group === "defaults")
      .map(({ sample: { form, path, text } }) => ({ form, path, text: withOther(text) }))
      .filter((sample) => findingsIn(sample).length > 0);
    expect(wrong).toEqual([]);
  });
});

/** The same file about Dropbox's neighbour Mapbox. */
const withOther = (text: string) =>
  text.replaceAll("BOX", "MAPBOX").replaceAll("Box", "Mapbox").replaceAll("box", "mapbox");
