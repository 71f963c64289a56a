/**
 * What only a real AWS account can prove of a deployment, proven: docs/first-account.md.
 *
 *   npx aws-cdk@2.1148.1 deploy -c config=deploy.json --outputs-file outputs.json
 *   node examples/first-account/prove.mjs outputs.json --url-caller PROFILE --alias-caller PROFILE --alias NAME
 *
 * Runs in a checkout, as the administrator whose credentials the environment has; each PROFILE is one of your AWS
 * configuration. Prints what is expected beside what came, and ends with status 1 if they differ anywhere. Changes nothing
 * but for the checks that are named by --with.
 */
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { CHECKS } from "./checks.mjs";

const OPTIONS = /** @type {const} */ ({
  stack: { type: "string", default: "box-sts" },
  app: { type: "string" },
  administrator: { type: "string" },
  "url-caller": { type: "string" },
  "alias-caller": { type: "string" },
  alias: { type: "string" },
  "foreign-caller": { type: "string" },
  "replica-outputs": { type: "string" },
  "bill-limit": { type: "string", default: "1" },
  config: { type: "string" },
  only: { type: "string", multiple: true, default: [] },
  with: { type: "string", multiple: true, default: [] },
});

const ANOTHER_FILE = "Name the file that cdk deploy --outputs-file has written.";

/** The outputs of the stack, as `cdk deploy --outputs-file` writes them. */
function outputsIn(path, stack) {
  const outputs = jsonIn(path);
  if (outputs[stack] !== undefined) return outputs[stack];
  const stacks = Object.keys(outputs);
  if (stacks.length === 0) throw new Error(`${path} has the outputs of no stack. ${ANOTHER_FILE}`);
  throw new Error(
    `${path} has no outputs of the stack ${stack}; name one of ${stacks.join(", ")} by --stack.`,
  );
}

function jsonIn(path) {
  let text;
  try {
    text = readFileSync(path, "utf8");
  } catch ({ code }) {
    const reason = code === "ENOENT" ? "there is no such file" : `the system reports ${code}`;
    throw new Error(`${path} cannot be read: ${reason}. ${ANOTHER_FILE}`);
  }
  try {
    return Object(JSON.parse(text));
  } catch {
    throw new Error(`${path} is not JSON. ${ANOTHER_FILE}`);
  }
}

const USAGE = `Usage: node prove.mjs OUTPUTS.json ${Object.keys(OPTIONS)
  .map((name) => `[--${name} …]`)
  .join(" ")}`;

function usage(sentence) {
  console.error(`${sentence}\n${USAGE}`);
  process.exit(2);
}

function parsedArguments() {
  try {
    const help = { type: "boolean", short: "h" };
    return parseArgs({ options: { ...OPTIONS, help }, allowPositionals: true });
  } catch (error) {
    // Node's first sentence names the option; what follows it is about positional arguments.
    throw new Error(error.message.split(/\. |\n/)[0].replace(/\.?$/, "."));
  }
}

/** @returns {Promise<"proven" | "failed" | "not run">} */
async function run(check, number, context) {
  const title = `${String(number).padStart(2)} ${check.id}: ${check.claim}`;
  const missing = [
    ...check.needs.filter((option) => context[option] === undefined).map((option) => `--${option}`),
    ...(check.output === undefined || check.output in context.outputs ? [] : [`the output ${check.output}`]),
  ];
  const chosen = context.only.length === 0 || context.only.includes(check.id);
  if (!chosen || missing.length > 0 || (check.changes && !context.with.includes(check.id))) {
    const reason =
      missing.length > 0 ? `needs ${missing.join(", ")}` : `changes something: --with ${check.id}`;
    console.log(`skip  ${title}\n        ${chosen ? reason : "not chosen by --only"}`);
    return "not run";
  }
  const observations = await check.observe(context).catch((error) => [
    {
      what: "the check itself",
      expected: "an outcome",
      came: `${error.name}: ${error.message}`,
      ok: false,
    },
  ]);
  const ok = observations.length > 0 && observations.every((one) => one.ok);
  console.log(`${ok ? "ok  " : "FAIL"}  ${title}`);
  for (const { what, expected, came, ok } of observations) {
    console.log(
      `      ${ok ? " " : "!"} ${what}\n          expected ${expected}\n          came     ${came}`,
    );
  }
  return ok ? "proven" : "failed";
}

async function main() {
  const { values, positionals } = parsedArguments();
  if (values.help) return console.log(USAGE);
  const [path] = positionals;
  if (path === undefined) usage("Name the outputs file of the deployment.");
  const unknown = [...values.only, ...values.with].filter((id) => !CHECKS.some((check) => check.id === id));
  if (unknown.length > 0)
    usage(`There is no check ${unknown.join(", ")}; there are ${CHECKS.map(({ id }) => id).join(", ")}.`);
  const replica = values["replica-outputs"];
  const context = {
    ...values,
    outputs: outputsIn(path, values.stack),
    "replica-outputs": replica === undefined ? undefined : outputsIn(replica, values.stack),
  };
  const counts = { proven: 0, failed: 0, "not run": 0 };
  for (const [index, check] of CHECKS.entries()) counts[await run(check, index + 1, context)]++;
  console.log(`${counts.proven} proven, ${counts.failed} failed, ${counts["not run"]} not run`);
  process.exitCode = counts.failed === 0 ? 0 : 1;
}

await main().catch((error) => usage(error.message));
