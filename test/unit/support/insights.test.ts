import { describe, expect, test } from "vitest";
import { runQuery } from "../../support/insights/run.ts";

const event = (facts: object, timestamp = 0) => ({ timestamp, message: JSON.stringify(facts) });
const LOG = [
  event({ app: "Reports", ms: 5, steps: [{ name: "grant" }], note: null, shared: true, "@own": 1 }, 1_000),
  event({ app: "reports", ms: 20, steps: [], list: ["a", "b"] }, 3_600_000),
  event({ app: "sync", ms: 100, only: "here" }, 7_200_000),
  { timestamp: 7_300_000, message: "Task timed out" },
];
const run = (query: string) => runQuery(query, LOG);
const apps = (condition: string) =>
  run(`filter ${condition} | fields app`)
    .map(({ app }) => app)
    .toSorted();

describe("the evaluator of Logs Insights queries refuses", () => {
  test.each([
    ["an unknown command", "parse @message '*' as a", /Unknown command: parse/],
    ["an unknown function", "filter isvalidip(app)", /Unknown function: isvalidip/],
    ["a keyword in capitals", 'filter app = "a" AND ms = 1', /Unexpected: AND/],
    ["a wrong number of arguments", "filter ispresent(app, ms)", /ispresent takes 1/],
    ["a name with a hyphen, without backticks", "fields foo-bar as x", /No event has the field foo, bar/],
    ["a field that no event has", 'filter application = "a"', /No event has the field application/],
    ["an array by its own name", "filter ispresent(list)", /No event has the field list/],
    ["a field that stats has left behind", "stats count(*) as n by app | sort ms desc", /field ms/],
    ["a text without its end", 'filter app = "a', /Unexpected at/],
    ["a backslash in a text", 'filter app = "a\\"b"', /Unexpected at/],
    ["a look-behind", "filter app like /(?<=a)b/", /more than the evaluator knows/],
    ["like with a number", "filter app like 5", /like needs a text/],
    ["a list in parentheses", 'filter app in ("a")', /Expected \[/],
    ["a number that is compared with a text", 'filter ms = "5"', /cannot be compared/],
    ["a text that is compared with a number", "filter app = 5", /cannot be compared/],
    ["a boolean that is compared", 'filter shared = "true"', /cannot be compared/],
    ["texts by size", 'filter app > "a"', /compares numbers/],
    ["a value that is no condition", "filter app", /field is no condition/],
    ["the opposite of a comparison with a missing field", 'filter only != "x"', /missing field/],
    ["the opposite of an unmatched pattern", 'filter only not like "x"', /missing field/],
    ["the opposite of a missing membership", 'filter not (only in ["x"])', /missing field/],
    ["an order by a value that is missing", "sort only desc", /value that each row has/],
    ["an order that does not say which", "sort ms", /Expected asc/],
    ["a limit above AWS's", "limit 10001", /limit is 1 to 10000/],
    ["an aggregation without a name", "stats count(*)", /needs a name/],
    ["a field instead of an aggregation", "stats app as a", /stats needs aggregations/],
    ["an aggregation in a filter", "filter count(app) > 1", /no value of a row/],
    ["a sum of texts", "stats sum(app) as n", /need numbers/],
    [
      "a part of a text of which some rows have none",
      'stats sum(strcontains(only, "h")) as n',
      /strcontains/,
    ],
    ["stats twice", "stats count(*) as n by app | stats count(*) as m", /stats is twice/],
    ["a command without a pipe", "filter ms = 5 limit 1", /Unexpected: limit/],
  ])("%s", (_, query, message) => {
    expect(() => run(query)).toThrow(message);
  });
});

describe("the evaluator of Logs Insights queries", () => {
  test("compares texts with case, wholly and by parts", () => {
    expect(apps('app = "reports"')).toEqual(["reports"]);
    expect(apps("app like 'eport'")).toEqual(["Reports", "reports"]);
    expect(apps("app like /^(?:r|s)/")).toEqual(["reports", "sync"]);
    expect(apps("app =~ /(?i)^REP/")).toEqual(["Reports", "reports"]);
    expect(apps('app in ["sync", "Reports"]')).toEqual(["Reports", "sync"]);
  });

  test("binds and more than or, and not more than both", () => {
    expect(apps('app = "sync" or app = "reports" and ms = 5')).toEqual(["sync"]);
    expect(apps('(app = "sync" or app = "reports") and ms = 20')).toEqual(["reports"]);
    expect(apps('ispresent(app) and not app = "sync" and ms < 10')).toEqual(["Reports"]);
    expect(apps("ispresent(ms) and ms >= 20 and not ms > 20")).toEqual(["reports"]);
  });

  test("leaves out events without the field, and decides without them where it can", () => {
    expect(apps('only = "here" or ms = 5')).toEqual(["Reports", "sync"]);
    expect(apps('ispresent(only) and only != "x"')).toEqual(["sync"]);
    expect(apps("isempty(only) and ms = 20")).toEqual(["reports"]);
  });

  test("names nested fields by dots and elements by numbers", () => {
    expect(apps('steps.0.name = "grant"')).toEqual(["Reports"]);
    expect(apps('list.1 = "b"')).toEqual(["reports"]);
    expect(apps("@@own = 1")).toEqual(["Reports"]);
  });

  test.each([
    ["absent", []],
    ["empty", [{ note: "" }]],
    ["text", [{ note: "null" }]],
  ] as const)("takes null for %s where that is requested", (nulls, rows) => {
    expect(runQuery("filter ispresent(note) | fields note", LOG, { nulls })).toEqual(rows);
  });

  test("counts, sums and ranks by group, an event without the field in a group of its own", () => {
    expect(run("stats count(*) as all, count(app) as named by bin(1h) | sort all desc")).toEqual([
      { bin: 7_200_000, all: 2, named: 1 },
      { bin: 3_600_000, all: 1, named: 1 },
      { bin: 0, all: 1, named: 1 },
    ]);
    expect(run("stats sum(ms) as n, min(ms) as least, max(app) as last, pct(ms, 50) as half")).toEqual([
      { n: 125, least: 5, last: "sync", half: 20 },
    ]);
    expect(run("stats 100 * (1 - sum(ms) / count(*)) / 2 as share, count_distinct(app) as apps")).toEqual([
      { share: 50 * (1 - 125 / 4), apps: 3 },
    ]);
    expect(run("stats count(*) as n by only | sort n asc")).toEqual([{ only: "here", n: 1 }, { n: 3 }]);
  });

  test("sorts naturally: texts before numbers, digits by length, then by value", () => {
    const values = ["a10b", 3, "a9b", "!", 20, "A", "a", "111A", "5A", "01"];
    const log = values.map((value) => event({ value }));
    const sorted = runQuery("sort value asc | fields value", log).map(({ value }) => value);
    expect(sorted).toEqual(["!", "5A", "111A", "A", "a", "a9b", "a10b", "01", 3, 20]);
  });

  test("shows the last display, takes comments, limits and a range of time", () => {
    expect(run("filter ms = 5 # five\n| display app | display ms")).toEqual([{ ms: 5 }]);
    expect(run("sort @timestamp desc | limit 1")).toEqual([
      { "@timestamp": 7_300_000, "@message": "Task timed out" },
    ]);
    const range = { start: 3_600_000, end: 7_200_000 };
    expect(runQuery("stats count(*) as n", LOG, { range })).toEqual([{ n: 2 }]);
  });

  test("extracts no more fields of a line than AWS documents", () => {
    const many = Object.fromEntries(Array.from({ length: 150 }, (_, at) => [`f${at}`, at]));
    expect(() => runQuery("filter ispresent(f120)", [event(many)])).toThrow(/No event has the field f120/);
  });
});
