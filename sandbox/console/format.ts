import { type Html, html } from "./html.ts";

/** `2026-11-22 02:10:11`, in UTC. */
export const dateTime = (ms: number): string => isoOf(ms).slice(0, 19).replace("T", " ");

/** A point in time as a `time` element, by the clock to the second. */
export const clockTime = (ms: number): Html =>
  html`<time datetime="${isoOf(ms)}">${isoOf(ms).slice(11, 19)}</time>`;

/** A clock can be set to a year that no date has. */
function isoOf(ms: number): string {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? "0000-00-00T00:00:00.000Z" : date.toISOString();
}

const UNITS = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
] as const;

/** The two largest units: `1 day 2 hours`, `59 minutes 3 seconds`. */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return "forever";
  let rest = Math.max(0, Math.round(seconds));
  const words: string[] = [];
  for (const [unit, size] of UNITS) {
    const count = Math.floor(rest / size);
    rest %= size;
    if (count > 0) words.push(counted(count, unit));
  }
  return words.slice(0, 2).join(" ") || "0 seconds";
}

/** The largest unit, short, for a column: `59 min`. */
export function shortDuration(seconds: number): string {
  if (!Number.isFinite(seconds)) return "never";
  const [unit, size] = UNITS.find(([, candidate]) => seconds >= candidate * 2) ?? (["second", 1] as const);
  return `${grouped(Math.floor(seconds / size))} ${{ day: "d", hour: "h", minute: "min", second: "s" }[unit]}`;
}

const NUMBER = new Intl.NumberFormat("en-US");

const grouped = (value: number): string => NUMBER.format(value);

/** `1 request`, `2 requests`. */
export const counted = (count: number, noun: string): string =>
  `${grouped(count)} ${noun}${count === 1 ? "" : "s"}`;

/** `512 B`, `1.5 kB`, `12 MB`. */
export function bytes(size: number): string {
  const units = ["B", "kB", "MB", "GB"];
  let value = size;
  while (value >= 1_000 && units.length > 1) {
    value /= 1_000;
    units.shift();
  }
  return `${value < 10 ? Math.round(value * 10) / 10 : Math.round(value)} ${units[0]}`;
}

/** `120`, `0.8`: milliseconds for a column. */
export const milliseconds = (ms: number): string => (ms < 10 ? ms.toFixed(1) : grouped(Math.round(ms)));
