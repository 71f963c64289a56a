import { hash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { detectKeys } from "../../../action/rules/private-key/detect.ts";
import { everyNth } from "../../support/samples.ts";
import { KINDS } from "./kinds.ts";

/** Digits that are different for each label, as the ids in a log are. */
const id = (label: string | number, size: number) => hash("sha256", `${label}`).slice(0, size);
const POD = "web-6c8f7d9b5-x2x7k";
const time = (at: number) => `2026-11-23T00:13:11.${String(at * 7919).padStart(9, "0")}Z`;

/** How a log has one line of a text; `more`: what it adds to every line. */
type Write = (line: string, at: number, more: string) => string;

const LOGS: Readonly<Record<string, Write>> = {
  "Fluentd's": (log, at, more) =>
    JSON.stringify({ "@timestamp": time(at), log, stream: "stdout", kubernetes: { pod_name: POD, more } }),
  // An id of 64 digits is as wide as a line of a key.
  "Fluentd's with the container's id": (line, at, more) =>
    JSON.stringify({
      log: `${line}\n`,
      stream: "stdout",
      docker: { container_id: id("container", 64) },
      kubernetes: { pod_name: POD, more },
      time: time(at),
    }),
  "kubectl's": (line, at, more) => `[pod/${POD}/web] ${time(at)} ${more}${line}`,
  "kubectl's with one time": (line, _, more) => `[pod/${POD}/web] ${time(0)} ${more}${line}`,
  "Spring Boot's": (line, at, more) =>
    `${time(at)}  INFO 1 --- [nio-8080-exec-1] c.e.demo.config.BoxConfigurationService ${more}  : ${line}`,
  "Google Cloud's": (textPayload, at, more) =>
    JSON.stringify({
      textPayload,
      insertId: id(at, 16),
      resource: { type: "k8s_container", labels: { pod_name: POD, more } },
      timestamp: time(at),
      logName: "projects/example-prod-1/logs/stdout",
      receiveTimestamp: time(at + 1),
    }),
  // A number of 56 digits is nearly as wide as a line of a key.
  "CloudWatch's": (message, at, more) =>
    JSON.stringify({
      timestamp: 1_700_000_000_000 + at,
      message,
      eventId: String(10n ** 55n + BigInt(at * 7919)),
      logStreamName: `2026/11/23/[$LATEST]${id(at, 32)}`,
      more,
    }),
  "the journal's": (MESSAGE, at, more) =>
    JSON.stringify({
      __CURSOR: `s=${id("s", 32)};i=${at.toString(16)};b=${id("b", 32)};x=${id(at, 16)}`,
      MESSAGE,
      _BOOT_ID: id("b", 32),
      _SYSTEMD_UNIT: "web.service",
      more,
    }),
  "a table of HTML": (line, at, more) =>
    `<tr id="LC${at}"><td class="blob-num" data-line-number="${at}" title="${more}"></td><td>${line}</td></tr>`,
};

const words = (size: number) => "a word or two: ".repeat(size / 10).slice(0, size);
const written = (content: Buffer, write: Write, more: string) =>
  `${content
    .toString("latin1")
    .trimEnd()
    .split("\n")
    .map((line, at) => write(line, at, more))
    .join("\n")}\n`;

const kinds = Object.entries(KINDS).filter(([name, { form }]) => form === "pem" || name.startsWith("putty"));
const cases = Object.entries(LOGS).flatMap(([log, write]) =>
  [0, 150, 600, 900].map((size) => [log, size, write] as const),
);

describe.each(kinds)("a key of the kind %s, line by line in a log, is found once and whole", (_, key) => {
  it.each(
    everyNth(
      cases,
      3,
      kinds.findIndex(([, kind]) => kind === key),
    ),
  )("%s, with %i characters more in each line", (_log, size, write) => {
    const bytes = Buffer.from(written(key.content, write, words(size)));
    const found = detectKeys(bytes).map(({ key: { identity, certainty } }) => ({ identity, certainty }));
    expect(found).toEqual([{ identity: key.identity, certainty: "certain" }]);
  });
});
