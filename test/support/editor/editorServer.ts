import { randomUUID } from "node:crypto";
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { CodeServerInstall } from "./codeServerInstall.ts";
import { withDeadline } from "./deadline.ts";
import type { EditorProfile } from "./editorProfile.ts";
import { freePort } from "../programs/freePort.ts";
import { ProcessGroup } from "../programs/processGroup.ts";

const START_DEADLINE_MS = 120_000;
const CLI_DEADLINE_MS = 180_000;
const STOP_GRACE_MS = 20_000;

export interface EditorServerOptions {
  readonly install: CodeServerInstall;
  readonly profile: EditorProfile;
  /** Further environment of the extension host. */
  readonly env?: NodeJS.ProcessEnv;
  /** With trust in force, folders open in Restricted Mode. Off by default. */
  readonly workspaceTrust?: boolean;
  /**
   * Lets windows load an extension under development and run its tests. The editor then behaves as in a test, for all its
   * windows: it shows no notifications. Off by default.
   */
  readonly runsTests?: boolean;
}

/** The server half of a browser editor. Its extension hosts start when windows connect and end with it. */
export class EditorServer {
  readonly origin: string;
  /** What a window must know to be let in: an editor is a shell, and loopback is open to every program and user of the machine. */
  readonly token: string;
  readonly #group: ProcessGroup;

  private constructor(origin: string, token: string, group: ProcessGroup) {
    this.origin = origin;
    this.token = token;
    this.#group = group;
  }

  /** Starts the server on a free port and waits until it answers. Throws with the server's output. */
  static async start(options: EditorServerOptions): Promise<EditorServer> {
    const { install, profile } = options;
    const port = await freePort();
    const token = randomUUID();
    const args = [
      install.serverMain,
      "--host",
      "127.0.0.1",
      "--port",
      String(port),
      "--connection-token-file",
      await profile.writeConnectionToken(token),
      "--accept-server-license-terms",
      "--telemetry-level",
      "off",
      ...profileArgs(profile),
      "--user-data-dir",
      profile.userData,
    ];
    if (options.runsTests) args.push("--enable-smoke-test-driver");
    if (!options.workspaceTrust) args.push("--disable-workspace-trust");
    const group = await ProcessGroup.start(install.node, args, { env: profile.environment(options.env) });
    const server = new EditorServer(`http://127.0.0.1:${port}`, token, group);
    try {
      await group.waitForLine(/Extension host agent listening on/, START_DEADLINE_MS);
      await server.#askVersion();
      return server;
    } catch (error) {
      await server.stop();
      throw new Error(`${install.label} did not start. ${error instanceof Error ? error.message : String(error)}`, {
        cause: error,
      });
    }
  }

  /** Its last lines. */
  get output(): string {
    return this.#group.output;
  }

  /** Ends the server with its extension hosts; they get time to say goodbye, for the bridge removes its discovery file then. */
  async stop(): Promise<void> {
    await this.#group.stop(STOP_GRACE_MS);
  }

  async #askVersion(): Promise<void> {
    const answer = await fetch(`${this.origin}/version`, { signal: AbortSignal.timeout(START_DEADLINE_MS) });
    if (!answer.ok) throw new Error(`GET /version answered ${answer.status}.`);
  }
}

/** Installs a packed extension for this user. Throws with the editor's own words when it refuses. */
export async function installVsix(install: CodeServerInstall, profile: EditorProfile, vsix: string): Promise<void> {
  const said = await runCli(install, profile, ["--install-extension", vsix, "--force"]);
  if (!/successfully installed/.test(said)) throw new Error(`${install.label} did not install ${vsix}:\n${said}`);
}

/** The ids of the extensions this user has installed. */
export async function listExtensions(install: CodeServerInstall, profile: EditorProfile): Promise<string[]> {
  const said = await runCli(install, profile, ["--list-extensions"]);
  return said.split(/\r?\n/).filter((line) => /^[\w-]+\.[\w-]+$/.test(line));
}

async function runCli(install: CodeServerInstall, profile: EditorProfile, args: readonly string[]): Promise<string> {
  const all = [install.serverMain, ...args, ...profileArgs(profile), "--accept-server-license-terms"];
  const run = promisify(execFile)(install.node, all, {
    env: profile.environment(),
    timeout: CLI_DEADLINE_MS,
    windowsHide: true,
  });
  const { stdout, stderr } = await withDeadline(run, CLI_DEADLINE_MS + 1_000, `${install.label} ${args.join(" ")}`);
  return stdout + stderr;
}

function profileArgs(profile: EditorProfile): string[] {
  return ["--extensions-dir", profile.extensions, "--server-data-dir", profile.serverData];
}
