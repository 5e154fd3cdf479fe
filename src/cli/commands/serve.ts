import { createRequire } from "node:module";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Command } from "commander";
import type { serve as serveBridge } from "../../serve/serveLibrary.ts";
import type { Cli, Start } from "../cli.ts";
import { CliFailure, exitCodes } from "../exitCodes.ts";

/** The bundle of the bridge needs it. */
const MIN_NODE = 22;

interface ServeOptions {
  readonly port?: string;
  readonly host?: string;
  readonly workspace?: string[];
  readonly simulator?: boolean;
}

export function addServe(program: Command, start: Start): void {
  program
    .command("serve")
    .description("Run a bridge without an editor: prompts, sessions, gateways, plugins and exports.")
    .option("--port <port>", "port to listen on; by default 3001")
    .option("--host <address>", "address to listen on; by default 127.0.0.1")
    .option("--workspace <dir...>", "folders that agents work in; by default the present one")
    .option("--simulator", "answer prompts by the built-in simulator, without Kiro CLI")
    .action((options: ServeOptions, command: Command) => start(command, (cli) => serve(cli, options)));
}

async function serve({ version, out, interrupts }: Cli, options: ServeOptions): Promise<void> {
  const { workspace = [process.cwd()] } = options;
  const installation = join(dirname(fileURLToPath(import.meta.url)), "server");
  const discovery = process.env["KIRO_BRIDGE_HOME"] || join(homedir(), ".kiro-bridge");
  const values: Readonly<Record<string, unknown>> = {
    ...(options.port !== undefined && { "api.port": Number(options.port) }),
    ...(options.host !== undefined && { "api.host": options.host }),
    ...(options.simulator === true && { "cli.path": "simulator" }),
  };
  const write =
    (level: string) =>
    (text: string, details?: object): void =>
      out.note(`${level} ${text} ${JSON.stringify(details ?? {})}`);
  await libraryIn(installation).serve({
    settings: () => (key) => values[key],
    workspaceFolders: workspace,
    folders: { installation, storage: join(discovery, "server"), discovery },
    version,
    logger: { debug: () => undefined, info: write("info"), warn: write("warn"), error: write("error") },
    signal: interrupts.signal,
  });
}

/** @throws CliFailure if this Node is too old */
function libraryIn(installation: string): { readonly serve: typeof serveBridge } {
  if (Number.parseInt(process.versions.node) < MIN_NODE)
    throw new CliFailure(
      exitCodes.failed.code,
      `The server needs Node ${MIN_NODE} or later, and this is Node ${process.versions.node}.`,
      "Install a newer Node, or run the container image.",
    );
  return createRequire(import.meta.url)(join(installation, "dist", "serve.cjs"));
}
