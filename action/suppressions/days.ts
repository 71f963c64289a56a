/** A day as `YYYY-MM-DD`, in UTC; days compare as texts. */
export function isDay(value: unknown): value is string {
  if (typeof value !== "string" || !/^\d{4}-\d{2}-\d{2}$/.test(value)) return false;
  const time = Date.parse(`${value}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(value);
}

/** The day so many days later. */
export const dayAfter = (now: Date, days: number): string =>
  new Date(now.getTime() + days * 86_400_000).toISOString().slice(0, 10);

/** A leap year, so that the same day of the next year is always within it. */
const YEAR_DAYS = 366;

/** The last day that a suppression may name: it needs a review by then. */
export const latestExpiry = (today: string): string => dayAfter(new Date(`${today}T00:00:00Z`), YEAR_DAYS);
