/** What the AWS CLI and the CDK report about the account. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";

const ROOT = join(import.meta.dirname, "../..");
const SERVICES = ["AWS Lambda", "AWS Secrets Manager", "AmazonCloudWatch", "AWS Key Management Service"];
const WEEK = 7 * 24 * 3_600_000;

/** More than any account has: Lambda refuses the function, after secrets and log groups have been made. */
const TOO_MUCH = 100_000;

/** @param profile of the AWS configuration; absent: the environment's credentials */
export function inAccount(profile) {
  const { AWS_REGION } = process.env;
  const env = {
    // The variable of the AWS CLI before version 2.
    ...(AWS_REGION === undefined ? {} : { AWS_DEFAULT_REGION: AWS_REGION }),
    ...process.env,
    ...(profile === undefined ? {} : { AWS_PROFILE: profile }),
  };
  const aws = (...args) => {
    const { status, stdout, stderr } = spawnSync("aws", [...args, "--output", "json"], {
      env,
      encoding: "utf8",
    });
    if (status !== 0) throw new Error(`aws ${args.slice(0, 2).join(" ")}: ${stderr.trim()}`);
    return stdout.trim() === "" ? {} : JSON.parse(stdout);
  };
  const cdk = (command, config, ...args) =>
    spawnSync(join(ROOT, "node_modules/.bin/cdk"), [command, "-c", `config=${config}`, ...args], {
      cwd: ROOT,
      env: { ...env, PATH: `${join(ROOT, "node_modules/.bin")}:${env.PATH}` },
      stdio: ["ignore", "inherit", "inherit"],
    }).status;

  /** Secrets and log groups of a stack, by name. */
  const kept = (stack, secretNames) => {
    const groups = aws("logs", "describe-log-groups", "--log-group-name-prefix", `${stack}-`).logGroups;
    const secrets = aws("secretsmanager", "list-secrets").SecretList.map(({ Name }) => Name);
    return {
      logGroups: groups.map(({ logGroupName }) => logGroupName),
      secrets: secrets.filter((name) => secretNames.includes(name)),
    };
  };

  /** The deployment with these changes, as a stack of its own beside it, for as long as `use` takes. */
  const besideIt = (config, changes, use) => {
    const stack = `box-sts-first-account-${Date.now()}`;
    const original = JSON.parse(readFileSync(config, "utf8"));
    // Names of secrets are used once in an account.
    const apps = original.apps.map((app) =>
      typeof app.createSecret === "string"
        ? { ...app, createSecret: `${app.createSecret}-${Date.now()}x` }
        : app,
    );
    const folder = mkdtempSync(join(tmpdir(), "box-sts-first-account-"));
    const path = join(folder, basename(config));
    const policy = resolve(dirname(config), original.policy);
    writeFileSync(path, JSON.stringify({ ...original, ...changes, apps, policy, stackName: stack }));
    try {
      return use(
        stack,
        path,
        apps.map((app) => app.createSecret).filter((name) => typeof name === "string"),
      );
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  };

  /** What a command that has to be denied ends with; never what it returned. */
  const outcome = (...args) => {
    const { status, stderr } = spawnSync("aws", args, { env, encoding: "utf8" });
    if (status === 0) return "items";
    const [, code = "an error without a code"] = /\((\w+)\) when calling/.exec(stderr) ?? [];
    return [code, ...(/explicit deny in a [a-z-]+ policy/.exec(stderr) ?? [])].join(", ");
  };

  return {
    readsOfTable(table) {
      const key = ["--key-condition-expression", "pk = :pk"];
      const values = ["--expression-attribute-values", '{":pk":{"S":"none"}}'];
      return [
        { what: "the administrator scans it", came: outcome("dynamodb", "scan", "--table-name", table) },
        {
          what: "the administrator queries it",
          came: outcome("dynamodb", "query", "--table-name", table, ...key, ...values),
        },
      ];
    },

    alarms(stack) {
      const { MetricAlarms } = aws("cloudwatch", "describe-alarms", "--alarm-name-prefix", `${stack}-`);
      return MetricAlarms.map(({ AlarmName, StateValue, TreatMissingData }) => {
        // One that keeps its state can have none before the first health check.
        const states = TreatMissingData === "ignore" ? ["OK", "INSUFFICIENT_DATA"] : ["OK"];
        const ok = states.includes(StateValue);
        return { what: AlarmName, expected: states.join(" or "), came: StateValue, ok };
      });
    },

    /** Of a week that ended yesterday, in an account that has nothing else. */
    bill(limit) {
      const day = (time) => new Date(time).toISOString().slice(0, 10);
      const period = `Start=${day(Date.now() - WEEK)},End=${day(Date.now())}`;
      const granularity = ["--granularity", "MONTHLY", "--metrics", "UnblendedCost"];
      const grouped = ["--group-by", "Type=DIMENSION,Key=SERVICE", "--time-period", period];
      const { ResultsByTime } = aws("ce", "get-cost-and-usage", ...granularity, ...grouped);
      const amounts = ResultsByTime.flatMap(({ Groups }) => Groups)
        .filter(({ Keys }) => SERVICES.includes(Keys[0]))
        .map(({ Metrics }) => Number(Metrics.UnblendedCost.Amount));
      const total = amounts.reduce((sum, amount) => sum + amount, 0);
      const came = `$${total.toFixed(2)}`;
      return [
        { what: SERVICES.join(", "), expected: `at most $${limit.toFixed(2)}`, came, ok: total <= limit },
      ];
    },

    failedFirstDeployment: (config) =>
      besideIt(config, { reservedConcurrency: TOO_MUCH }, (stack, path, secretNames) => {
        const status = cdk("deploy", path, "--require-approval", "never");
        const { logGroups, secrets } = kept(stack, secretNames);
        aws("cloudformation", "delete-stack", "--stack-name", stack);
        return [
          {
            what: "cdk deploy",
            expected: "fails",
            came: status === 0 ? "succeeds" : "fails",
            ok: status !== 0,
          },
          nothing("log groups that are left", logGroups),
          nothing("secrets that are left", secrets),
        ];
      }),

    destroyed: (config) =>
      besideIt(config, {}, (stack, path, secretNames) => {
        const deployed = cdk("deploy", path, "--require-approval", "never");
        const before = kept(stack, secretNames);
        const destroyed = cdk("destroy", path, "--force");
        const after = kept(stack, secretNames);
        const functions = aws("lambda", "list-functions").Functions.map(({ FunctionName }) => FunctionName);
        return [
          {
            what: "cdk deploy, cdk destroy",
            expected: "0, 0",
            came: `${deployed}, ${destroyed}`,
            ok: deployed + destroyed === 0,
          },
          {
            what: "log groups and secrets after it",
            expected: JSON.stringify(before),
            came: JSON.stringify(after),
            ok: before.logGroups.length > 0 && JSON.stringify(before) === JSON.stringify(after),
          },
          nothing(
            "functions that are left",
            functions.filter((name) => name.startsWith(`${stack}-`)),
          ),
        ];
      }),
  };
}

const nothing = (what, names) => ({
  what,
  expected: "none",
  came: names.join(", ") || "none",
  ok: names.length === 0,
});
