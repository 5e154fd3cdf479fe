import { join } from "node:path";
import { ProcessGroup } from "../../programs/processGroup.ts";
import { removeFolder, temporaryFolder } from "../../temporaryFolder.ts";

const START_DEADLINE_MS = 120_000;
const programs = join(import.meta.dirname, "programs");

export interface PeerProgram {
  readonly command: string;
  /** @param folder an empty one, which is its working folder and is removed after it */
  readonly args: (folder: string) => readonly string[];
  /** Matches the line that is printed when it listens; the first group is the port, unless `port` says it. */
  readonly ready: RegExp;
  readonly port?: number;
  readonly env?: Readonly<Record<string, string>>;
  /** Writes its files before it starts. */
  readonly prepare?: (folder: string) => Promise<void>;
}

/** A server of another vendor as a process of its own, on loopback. */
export class PeerProcess implements AsyncDisposable {
  readonly url: URL;
  readonly folder: string;
  readonly #process: ProcessGroup;

  private constructor(running: ProcessGroup, url: URL, folder: string) {
    this.#process = running;
    this.url = url;
    this.folder = folder;
  }

  static async start(program: PeerProgram): Promise<PeerProcess> {
    const folder = await temporaryFolder();
    await program.prepare?.(folder);
    // Some keep files in a folder of temporary files that has the same name for all users.
    const env = { PATH: process.env["PATH"], HOME: folder, TMPDIR: folder, ...program.env };
    const running = await ProcessGroup.start(program.command, program.args(folder), { cwd: folder, env });
    try {
      const line = await running.waitForLine(program.ready, START_DEADLINE_MS);
      const port = program.port ?? Number(program.ready.exec(line)?.[1]);
      return new PeerProcess(running, new URL(`http://127.0.0.1:${port}`), folder);
    } catch (error) {
      await running.stop(0);
      await removeFolder(folder);
      throw error;
    }
  }

  /** Starts one of `programs`, which prints `listening on <port>`, with a folder of packages as its first argument. */
  static startOwn(file: string, packages: string, more: Partial<PeerProgram> = {}): Promise<PeerProcess> {
    return PeerProcess.start({
      command: process.execPath,
      args: (folder) => [join(programs, file), packages, folder],
      ready: /^listening on (\d+)$/,
      ...more,
    });
  }

  /** Waits for the rest of a start, and ends the process if that fails. */
  async orStop<Result>(work: Promise<Result>): Promise<Result> {
    try {
      return await work;
    } catch (error) {
      await this[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** The last lines that it has printed. */
  get output(): string {
    return this.#process.output;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process.stop();
    await removeFolder(this.folder);
  }
}
