import { spawnSync } from "node:child_process";
import { join } from "node:path";

interface DeployedResource {
  readonly type: string;
  readonly physicalId: string;
}

interface DeployedState {
  readonly status: string;
  readonly outputs: Readonly<Record<string, string>>;
  readonly resources: Readonly<Record<string, DeployedResource>>;
}

interface Task {
  readonly region: string;
  readonly stack: string;
  /** A VPC that the templates name, made before the first step. */
  readonly vpc?: { readonly id: string; readonly privateSubnetIds: readonly string[] };
  /** Paths of the templates, each with the folder of its assets. The first creates the stack, the others update it. */
  readonly steps: readonly {
    readonly template: string;
    readonly assets?: string;
    /** Of a template of SAM. */
    readonly samParameters?: Readonly<Record<string, string>>;
  }[];
}

interface Deployed {
  readonly steps: readonly DeployedState[];
  /** What is in the account after the stack has been deleted. */
  readonly remaining: Readonly<
    Record<
      "stacks" | "secrets" | "logGroups" | "tables" | "enabledKeys" | "functions" | "roles",
      readonly string[]
    >
  >;
}

/** Creates, updates and deletes a stack in moto, over loopback. @throws what moto or a check of ours refuses */
export function deployToMoto(task: Task): Deployed {
  const { status, stdout, stderr } = spawnSync("python3", [join(import.meta.dirname, "deploy.py")], {
    input: JSON.stringify(task),
    encoding: "utf8",
    env: { PATH: process.env.PATH, HOME: "/nonexistent", PYTHONDONTWRITEBYTECODE: "1" },
  });
  const complaint = stderr
    .split("\n")
    .filter((line) => !line.includes('" 200 -'))
    .slice(-12);
  if (status !== 0) throw new Error(complaint.join("\n"));
  return JSON.parse(stdout);
}
