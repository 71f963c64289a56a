import { join, resolve } from "node:path";
import { writeConfig, writePrivately } from "../apps/app.ts";
import { checkSeedFolder } from "../box/seed.ts";
import { injectFault } from "../control/faults.ts";
import { startControl } from "../control/listener.ts";
import { faultEventText } from "../faults/fault-text.ts";
import { isLoopback } from "../http/server.ts";
import { startBoxWithServer } from "../local-box.ts";
import { closerStack } from "../process/closer-stack.ts";
import { newRunFolder, removeRunFolder } from "../process/run-folder.ts";
import { boxReadyLine, boxText, boxVariables } from "./box-text.ts";
import { controlTokenOf } from "./control-token.ts";
import { removeEnvironment, requireOwnFile, writeEnvironment } from "./environment.ts";
import type { CliOptions } from "./options.ts";
import { portOf } from "./ports.ts";
import type { StartCommand } from "./start-command.ts";
import { columnsOf, wrapped } from "./terminal.ts";

/** `--only box`: starts Box and control, and prints how they are used. Resolves to what ends them. */
export async function serveBox(options: CliOptions, command: StartCommand): Promise<() => Promise<void>> {
  const { env, host, json, port } = options;
  const hasConsole = options.console || isLoopback(host);
  const shown = json ? process.stderr : process.stdout;
  const say = (text: string): void => void shown.write(`${text}\n`);
  const closers = closerStack();
  try {
    if (env !== undefined) await requireOwnFile(env);
    if (options.seed !== undefined) await checkSeedFolder(options.seed);
    const folder = await newRunFolder();
    closers.push(() => removeRunFolder(folder));
    const { box, server } = await startBoxWithServer({
      port: portOf("Box", port),
      tls: portOf("Box over TLS", port),
      controlToken: controlTokenOf(process.env),
      ...(host !== undefined && { host }),
      console: hasConsole,
      ...(options.seed !== undefined && { seed: options.seed }),
    });
    closers.push(box.close);
    server.faults.observe((event) => say(wrapped(faultEventText(event), "! ", columnsOf(shown)).join("\n")));
    for (const fault of options.faults) injectFault(server.control.faults, fault);
    const control = await startControl(server, { port: portOf("the control endpoint", port) });
    closers.push(control.close);
    const caPath = join(folder, "ca.pem");
    await writePrivately(caPath, box.ca ?? "");
    const facts = { control, caPath, configPath: await writeConfig(folder, box.config) };
    const variables = boxVariables(box, facts);
    if (env !== undefined) {
      const made = await writeEnvironment(env, variables);
      closers.push(() => removeEnvironment(env, made));
    }
    const columns = columnsOf(shown);
    say(boxText(box, facts, { variables, hasConsole, envPath: env && resolve(env), command, columns }));
    if (json) process.stdout.write(`${boxReadyLine(box, facts)}\n`);
    return closers.close;
  } catch (error) {
    // What the start failed of is what its caller can repair.
    await closers.close().catch(() => {});
    throw error;
  }
}
