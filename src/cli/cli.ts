import type { Command } from "commander";
import type { ClientOptions, KiroBridgeClient } from "../client/index.ts";
import { type BridgeChoice, connect, type Connection, parseUrl } from "./connection/connect.ts";
import { readToken } from "./connection/givenToken.ts";
import { type ExitCode, exitCodes, reportOf } from "./exitCodes.ts";
import { Interrupts } from "./interrupts.ts";
import { Output } from "./output/output.ts";

/** The options that every command has. */
export interface GlobalOptions {
  readonly url?: string;
  readonly tokenStdin?: boolean;
  readonly json?: boolean;
  readonly color: boolean;
  readonly quiet?: boolean;
}

/** One run of the program: what its commands share. */
export interface Cli {
  readonly version: string;
  readonly out: Output;
  readonly interrupts: Interrupts;
  /** The bridge that the options and the environment choose. */
  readonly choice: () => Promise<BridgeChoice>;
  /** Connects to this bridge. Its requests end with Ctrl+C only if the caller hands on the signal. */
  readonly connect: (options?: ClientOptions) => Promise<Connection>;
  readonly client: () => Promise<KiroBridgeClient>;
}

/** Does the work of a command. Resolves with nothing when it is done. */
type Work = (cli: Cli) => Promise<ExitCode | void>;

/** Runs the work of a command with the options that it was called with. */
export type Start = (command: Command, work: Work) => Promise<void>;

/** Returns what runs the commands of this process. It ends the process. */
export function startIn(version: string): Start {
  return async (command, work) => {
    const options = command.optsWithGlobals<GlobalOptions>();
    const out = new Output({
      isJson: options.json === true,
      isQuiet: options.quiet === true,
      isColourless: !options.color,
    });
    const interrupts = new Interrupts();
    interrupts.listen();
    const { signal } = interrupts;
    const choice = async (): Promise<BridgeChoice> => {
      const { url = process.env["KIRO_BRIDGE_URL"] } = options;
      return {
        url: url ? parseUrl(url) : undefined,
        token: await readToken(options.tokenStdin === true, signal),
        version,
      };
    };
    const connected: Cli["connect"] = async (more) => connect(await choice(), signal, more);
    const client = async (): Promise<KiroBridgeClient> => (await connected()).client;
    const cli: Cli = { version, out, interrupts, choice, connect: connected, client };
    let exitCode: ExitCode;
    try {
      exitCode = (await work(cli)) ?? exitCodes.done.code;
    } catch (error) {
      const report = reportOf(error);
      out.failure(report);
      exitCode = report.exitCode;
    }
    await out.flush();
    // A connection that is kept alive, or a line that is still read, must not delay the end.
    process.exit(exitCode);
  };
}
