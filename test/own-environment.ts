import { afterAll } from "vitest";

/**
 * Set-up of the projects whose files share a process: no file sees a variable that another one has set, in whatever
 * order they run.
 */
const before = { ...process.env };

afterAll(() => {
  for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
  Object.assign(process.env, before);
});
