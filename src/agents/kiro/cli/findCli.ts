import { homedir } from "node:os";
import { isAbsolute } from "node:path";
import type { Logger } from "../../../base/logger.ts";
import { type BridgeError, isBridgeError, messageOf } from "../../../protocol/errors.ts";
import { unavailable } from "../../../protocol/unavailable.ts";
import type { CliProgram } from "../../agent.ts";
import { cleanText } from "../text/ansi.ts";
import { lastLineSentence } from "./cliFailure.ts";
import { findExecutable, isExecutable, type Surroundings } from "./findExecutable.ts";
import type { ProcessGuard } from "../../../core/childProcesses/orphanGuard.ts";
import { runToEnd } from "../process/runToEnd.ts";

/** The result of the search for the CLI, with instructions if it is not ready. */
export type CliFinding =
  | {
      readonly state: "ready";
      readonly program: CliProgram;
      readonly version: string;
      /** Undefined if the CLI does not report it. */
      readonly isLoggedIn: true | undefined;
      readonly detail: string;
    }
  | {
      readonly state: "not_installed" | "not_logged_in" | "bad_flag" | "crashing";
      readonly program?: CliProgram;
      readonly version?: string;
      readonly detail: string;
    };

export interface FindOptions {
  /** `kiroBridge.cli.path`: an absolute path, "simulator", or "" to search. */
  readonly setting: string;
  /** The program for "simulator". */
  readonly simulator?: CliProgram;
  readonly surroundings: Surroundings;
  readonly logger: Logger;
  readonly guard?: ProcessGuard | undefined;
  /** Timeout of each call of the CLI in milliseconds. Default: 10 s. */
  readonly timeoutMs?: number;
}

const SIMULATOR_SETTING = "simulator";
const DEFAULT_TIMEOUT_MS = 10_000;
const VERSION = /\b(\d+\.\d+\.\d+[\w.+-]*)( \(simulated\))?/u;
const NOT_LOGGED_IN = /not logged in|please log in|log in with/iu;
const USAGE_EXIT_CODE = 2;

/**
 * Finds the CLI, and asks it for its version and login state, without a shell.
 * @throws the signal's reason, when no process is left running
 */
export async function findCli(options: FindOptions, signal: AbortSignal): Promise<CliFinding> {
  const program = programOf(options);
  if ("state" in program) return program;
  const found = await askVersion(program, options, signal);
  return typeof found === "string" ? await askLogin(program, found, options, signal) : found;
}

/** Returns the error of a request that needs the CLI, or undefined if it is ready. */
export function errorOf(finding: CliFinding): BridgeError | undefined {
  if (finding.state === "ready") return undefined;
  return unavailable(causes[finding.state], finding.detail);
}

const causes = {
  not_installed: "cli-missing",
  not_logged_in: "cli-signed-out",
  bad_flag: "cli-incompatible",
  crashing: "cli-broken",
} as const;

function programOf({ setting, simulator, surroundings }: FindOptions): CliProgram | CliFinding {
  const path = setting.trim();
  if (path === SIMULATOR_SETTING) return simulator ?? notInstalled("The simulator is not part of this build.");
  if (path !== "" && !isAbsolute(path)) return notInstalled("kiroBridge.cli.path must be an absolute path.");
  if (path !== "" && !isExecutable(path, surroundings)) {
    return notInstalled(
      "kiroBridge.cli.path is not an executable file. Correct it, or clear it to search for Kiro CLI.",
    );
  }
  const command = path === "" ? findExecutable("kiro-cli", surroundings) : path;
  if (command === undefined) {
    return notInstalled(
      "Kiro CLI was not found in the PATH or the usual installation folders. Install it, or set kiroBridge.cli.path to its absolute path, or to 'simulator' to use the built-in simulator.",
    );
  }
  return { command, leadingArgs: [], env: {}, isSimulated: false };
}

function notInstalled(detail: string): CliFinding {
  return { state: "not_installed", detail };
}

async function askVersion(
  program: CliProgram,
  options: FindOptions,
  signal: AbortSignal,
): Promise<string | CliFinding> {
  const answer = await ask(program, ["--version"], options, signal);
  if (answer === "late") return crashing(program, "It does not respond to '--version'.");
  if (isBridgeError(answer)) return { state: "not_installed", detail: answer.message };
  const { code, stdout, stderr } = answer;
  const [version] = VERSION.exec(cleanText(stdout)) ?? [];
  if (code === 0 && version !== undefined) return version;
  const said = lastLineSentence(cleanText(stderr) || cleanText(stdout));
  if (code === USAGE_EXIT_CODE || code === 0) {
    return {
      state: "bad_flag",
      program,
      detail: `The program that was found does not respond to '--version' like Kiro CLI. Check kiroBridge.cli.path.${said}`,
    };
  }
  return crashing(program, `It exits with code ${code ?? "unknown"}.${said}`);
}

function crashing(program: CliProgram, how: string): CliFinding {
  return {
    state: "crashing",
    program,
    detail: `Kiro CLI was found, but does not work. ${how} Run it in a terminal, and reinstall it if it fails there too.`,
  };
}

/**
 * Queries the login state. Only a clear "no" counts: not every version has `whoami`, and a key in the environment needs
 * no login (docs/kiro-cli.md#51-flags-input-login).
 */
async function askLogin(
  program: CliProgram,
  version: string,
  options: FindOptions,
  signal: AbortSignal,
): Promise<CliFinding> {
  const hasKey = (options.surroundings.env["KIRO_API_KEY"] ?? "") !== "";
  const answer = hasKey ? "late" : await ask(program, ["whoami"], options, signal);
  if (answer !== "late" && !isBridgeError(answer)) {
    const said = cleanText(`${answer.stderr}\n${answer.stdout}`);
    if (answer.code === 1 && NOT_LOGGED_IN.test(said)) {
      return {
        state: "not_logged_in",
        program,
        version,
        detail: "Kiro CLI is not logged in. Run 'kiro-cli login' in a terminal.",
      };
    }
    if (answer.code === 0) return ready(program, version, true);
  }
  return ready(program, version, hasKey ? true : undefined);
}

function ready(program: CliProgram, version: string, isLoggedIn: true | undefined): CliFinding {
  const name = program.isSimulated ? "The simulator answers instead of Kiro CLI" : "Kiro CLI is ready";
  return { state: "ready", program, version, isLoggedIn, detail: `${name} (version ${version}).` };
}

async function ask(
  program: CliProgram,
  args: readonly string[],
  { logger, guard, timeoutMs, surroundings }: FindOptions,
  signal: AbortSignal,
) {
  const options = { cwd: surroundings.home || homedir(), logger, guard, timeoutMs: timeoutMs ?? DEFAULT_TIMEOUT_MS };
  try {
    return await runToEnd(program, args, options, signal);
  } catch (error) {
    signal.throwIfAborted();
    return isBridgeError(error) ? error : unavailable("cli-missing", messageOf(error));
  }
}
