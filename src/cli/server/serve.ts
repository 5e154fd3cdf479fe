import { statSync } from "node:fs";
import { join, resolve } from "node:path";
import { type Command, Option } from "commander";
import type { ReadyServer, ServeEnd, ServeOptions } from "../../serve/serveLibrary.ts";
import type { Cli, Start } from "../cli.ts";
import { discoveryFolder } from "../../client/discovery/entries.ts";
import { nodeParts } from "../../client/discovery/node.ts";
import { CliFailure, exitCodes, usageFailure } from "../exitCodes.ts";
import { goOnWithClosedPipe } from "../output/output.ts";
import { plainLine } from "../output/plainText.ts";
import { installation, loadServer } from "./installation.ts";
import { addServeSecret } from "./serveSecret.ts";
import { readSettingList } from "./settingList.ts";

const logFormats = ["text", "json"] as const;
const logLevels = ["debug", "info", "warn", "error"] as const;

/** The options that are settings. */
const settingOptions = [
  { name: "port", setting: "api.port" },
  { name: "host", setting: "api.host" },
  { name: "auth", setting: "auth.mode" },
  { name: "discovery", setting: "auth.discovery" },
] as const;

type SettingOptions = { readonly [K in (typeof settingOptions)[number]["name"]]?: string };

interface ServeCommandOptions extends SettingOptions {
  readonly simulator?: boolean;
  readonly workspace?: string[];
  readonly config?: string;
  readonly set?: string[];
  readonly allowPlugin?: string[];
  readonly log: (typeof logFormats)[number];
  readonly logLevel: (typeof logLevels)[number];
  readonly listSettings?: boolean;
}

export function addServe(program: Command, start: Start): void {
  const command = program
    .command("serve")
    .description("Run a bridge without an editor: prompts, sessions, gateways, plugins and exports.")
    .option("--port <port>", "port to listen on; by default 3001")
    .option("--host <address>", "address to listen on; by default 127.0.0.1")
    .option("--workspace <dir...>", "folders that agents work in; by default the present one")
    .option("--config <file>", "file with settings: JSON with comments, and the keys of the editor")
    .addOption(
      new Option("--auth <mode>", "whether programs need a token; by default token").choices(["token", "none"]),
    )
    .addOption(
      new Option(
        "--discovery <mode>",
        "full: programs of this user find the token; pair: each asks for one of its own",
      ).choices(["full", "pair"]),
    )
    .option("--simulator", "answer prompts by the built-in simulator, without Kiro CLI")
    .option("--set <key=value...>", "any setting; lists and objects as JSON")
    .option("--allow-plugin <name@digest...>", "plugins that may run, as the log names them")
    .addOption(new Option("--log <format>", "lines of the log on stderr").choices(logFormats).default("text"))
    .addOption(new Option("--log-level <level>", "the least severe lines").choices(logLevels).default("info"))
    .option("--list-settings", "print all settings with their variables and defaults, and end")
    .addHelpText(
      "after",
      `
Needs Node 22 or later. The settings are those of the editor (docs/serve.md). An option is
stronger than an environment variable, such as KIRO_BRIDGE_API_PORT, that than the file of
--config, and that than the default. A changed file is read at once; SIGHUP reads it, too.

Ctrl+C and SIGTERM stop the server within 10 seconds: it takes no new requests, and cancels
what still runs after 6. A second one ends it at once.

Examples:
  kiro-bridge serve --simulator
  kiro-bridge serve --workspace ~/project --discovery pair --log json
  kiro-bridge serve --config bridge.json --set 'commands.allow=["kiro-cli.*"]'`,
    )
    .action((options: ServeCommandOptions, called: Command) => start(called, (cli) => run(cli, options)));
  addServeSecret(command, start);
}

async function run(cli: Cli, options: ServeCommandOptions): Promise<void> {
  if (options.listSettings === true) {
    listSettings(cli);
    return;
  }
  const { serve } = loadServer();
  const workspaceFolders = (options.workspace ?? ["."]).map(existingFolder);
  const { config, log: format, logLevel: level } = options;
  const discovery = discoveryFolder(nodeParts());
  cli.interrupts.leave();
  goOnWithClosedPipe();
  const end = await serve({
    sources: {
      file: config === undefined ? undefined : resolve(config),
      environment: process.env,
      flags: flagsOf(options),
    },
    workspaceFolders,
    allowedPlugins: options.allowPlugin ?? [],
    folders: { installation, storage: join(discovery, "server"), discovery },
    version: cli.version,
    log: { format, level, write: (line) => void process.stderr.write(line) },
    hasTerminal: process.stdin.isTTY,
    onReady: (ready) => announce(cli, ready, format === "json"),
    exit: (code) => process.exit(code),
  });
  throwUnlessStopped(end);
}

/** @throws CliFailure */
function throwUnlessStopped(end: ServeEnd): void {
  if (end.kind === "stopped") return;
  if (end.kind === "failed") throw new CliFailure(exitCodes.cannotListen.code, end.reason);
  const hint = "'kiro-bridge serve --list-settings' prints all settings.";
  if (end.source === "flags") throw usageFailure(end.reason, hint);
  throw new CliFailure(exitCodes.configuration.code, end.reason, hint);
}

/** @throws CliFailure */
function existingFolder(path: string): string {
  const folder = resolve(path);
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true) return folder;
  throw usageFailure(`--workspace: ${folder} is not a folder.`);
}

function flagsOf({ set = [], ...options }: ServeCommandOptions): ServeOptions["sources"]["flags"] {
  const named = settingOptions.flatMap(({ name, setting }) => {
    const { [name]: text } = options;
    return text === undefined ? [] : [{ flag: `--${name}`, setting, text }];
  });
  const { simulator: isSimulated = false } = options;
  const simulator = isSimulated ? [{ flag: "--simulator", setting: "cli.path", text: "simulator" }] : [];
  const others = set.map((pair) => {
    const [, setting, text] = /^([^=]+)=(.*)$/s.exec(pair) ?? [];
    if (setting === undefined || text === undefined) throw usageFailure(`--set ${pair}: Expected a key=value.`);
    return { flag: "--set", setting, text };
  });
  return [...named, ...simulator, ...others];
}

const waysIn: Readonly<Record<ReadyServer["access"], string>> = {
  "published-token": "programs of this user find the token there",
  pairing: "let programs in with 'kiro-bridge access approve CODE'",
  open: "no token is needed",
};

/** Prints where the server is, and how to get in: on one line. */
function announce({ out }: Cli, ready: ReadyServer, isJson: boolean): void {
  const { url, discoveryFolder: folder, access, note } = ready;
  if (isJson || out.isJson) out.jsonLine({ url, dashboard: `${url}/dashboard`, discoveryFolder: folder, access, note });
  else out.text(plainLine(`Kiro Bridge listens at ${url}, published in ${folder}; ${waysIn[access]}.`));
}

function listSettings({ out }: Cli): void {
  const settings = readSettingList();
  if (out.isJson) {
    out.document(settings);
    return;
  }
  for (const { key, variable, type, default: value, description } of settings) {
    out.text(`${key} (${type}; default ${JSON.stringify(value)})\n  ${variable}\n  ${description}\n`);
  }
}
