import { rmSync } from "node:fs";
import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

const living = new Set<EditorProfile>();

/** A fresh user for one editor: empty home, no extensions, no settings. Lives in the system's temporary folder and leaves with this process at the latest. */
export class EditorProfile {
  readonly root: string;
  readonly home: string;
  /** `KIRO_BRIDGE_HOME` of the editor: where the extension writes its discovery file. */
  readonly bridgeHome: string;
  readonly extensions: string;
  readonly serverData: string;
  readonly userData: string;

  private constructor(root: string) {
    this.root = root;
    this.home = join(root, "home");
    this.bridgeHome = join(this.home, ".kiro-bridge");
    this.extensions = join(root, "extensions");
    this.serverData = join(root, "server");
    this.userData = join(root, "server", "data");
  }

  /** Creates the folders, under a short name: a desktop editor keeps a socket in them, and macOS allows it about 100 characters. The creator of a profile removes it. */
  static async create(): Promise<EditorProfile> {
    const profile = new EditorProfile(await realpath(await mkdtemp(join(tmpdir(), "kb-"))));
    living.add(profile);
    for (const folder of [profile.home, profile.extensions, profile.userData]) await mkdir(folder, { recursive: true });
    return profile;
  }

  /** The environment of an editor that belongs to this user. A `VSCODE_…` variable of an editor around us must not reach it. */
  environment(extra: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
    const inherited = Object.entries(process.env).filter(([name]) => !/^(VSCODE_|ELECTRON_RUN_AS_NODE)/.test(name));
    return {
      ...Object.fromEntries(inherited),
      HOME: this.home,
      USERPROFILE: this.home,
      KIRO_BRIDGE_HOME: this.bridgeHome,
      ...extra,
    };
  }

  /** Writes a whole settings.json: `User` is the person's, `Machine` the remote machine's (for machine-scoped settings). */
  async writeSettings(scope: "User" | "Machine", settings: Readonly<Record<string, unknown>>): Promise<void> {
    const file = join(this.userData, scope, "settings.json");
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, `${JSON.stringify(settings, null, 2)}\n`);
  }

  /** Leaves the token for an editor server where only this user can read it, and gives the file. */
  async writeConnectionToken(token: string): Promise<string> {
    const file = join(this.serverData, "connection-token");
    await writeFile(file, token, { mode: 0o600 });
    return file;
  }

  /** Creates a folder with the given files, to be opened in a window. */
  async createWorkspace(
    name: string,
    files: Readonly<Record<string, string>> = { "hello.md": "# Hello\n" },
  ): Promise<string> {
    const folder = join(this.root, "workspaces", name);
    await mkdir(folder, { recursive: true });
    for (const [file, text] of Object.entries(files)) await writeFile(join(folder, file), text);
    return folder;
  }

  /** Removes everything. An editor that is just closing may still write, so it is tried a few times. */
  async remove(): Promise<void> {
    await rm(this.root, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
    living.delete(this);
  }
}

process.on("exit", () => {
  for (const profile of living) rmSync(profile.root, { recursive: true, force: true, maxRetries: 3, retryDelay: 100 });
});
