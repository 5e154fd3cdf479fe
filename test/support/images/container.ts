import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { withDeadline } from "../editor/deadline.ts";
import { ProcessGroup } from "../programs/processGroup.ts";
import { removeFolder, temporaryFolder } from "../temporaryFolder.ts";
import { type Bundle, type RunConfig, writeBundle } from "./bundle.ts";
import type { ImageConfig, ImageStore } from "./imageStore.ts";
import type { ImageTools } from "./imageTools.ts";

/** Those that run. What crun has started does not end with crun. */
const running = new Set<Container>();

process.on("exit", () => {
  for (const container of running) container.kill();
});

const START_DEADLINE_MS = 120_000;
/** What an engine gives a container before it kills it. */
const STOP_DEADLINE_MS = 10_000;
const EXEC_DEADLINE_MS = 60_000;

export interface ContainerOptions extends RunConfig {
  readonly store: ImageStore;
  readonly tag: string;
  /** Matches the line that is printed when it is ready. */
  readonly ready: RegExp;
  /** Changes the files of the volumes before the program starts. */
  readonly prepare?: (container: Container) => Promise<void>;
}

/** An image that runs, without privileges and with a read-only root, on the network of this machine. */
export class Container implements AsyncDisposable {
  readonly config: ImageConfig;
  readonly #store: ImageStore;
  readonly #folder: string;
  readonly #name: string;
  #process: ProcessGroup | undefined;
  #processOf: Bundle["processOf"] = () => "";

  private constructor(store: ImageStore, folder: string, name: string, config: ImageConfig) {
    this.#store = store;
    this.#folder = folder;
    this.#name = name;
    this.config = config;
  }

  static async start({ store, tag, ready, prepare, ...run }: ContainerOptions): Promise<Container> {
    const config = await store.configOf(tag);
    const folder = await temporaryFolder();
    const container = new Container(store, folder, await store.containerOf(tag), config);
    try {
      const { volumes, processOf } = await writeBundle(folder, config, run);
      container.#processOf = processOf;
      await store.tools.run(container.#step(["fill", ...volumes]));
      await prepare?.(container);
      await container.#run(ready);
      return container;
    } catch (error) {
      await container[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** The last lines that its program has printed. */
  get output(): string {
    return this.#process?.output ?? "";
  }

  /** Returns the path on this machine of a file in a volume. */
  pathOf(file: string): string {
    return join(this.#folder, "volumes", file);
  }

  /** Runs a command in it, as `docker exec` does. @returns its exit code and all that it has printed */
  async exec(args: readonly string[]): Promise<{ readonly code: number | null; readonly output: string }> {
    const file = join(this.#folder, `process-${randomUUID()}.json`);
    await writeFile(file, this.#processOf(args));
    const { command, args: all } = this.#tools.command([...this.#crun, "exec", "--process", file, this.#name]);
    const program = await ProcessGroup.start(command, all, { env: this.#tools.env });
    try {
      return { code: await withDeadline(program.exited, EXEC_DEADLINE_MS, args.join(" ")), output: program.output };
    } finally {
      await program.stop();
    }
  }

  /** Runs the health check of the image. */
  async checkHealth(): Promise<{ readonly code: number | null; readonly output: string }> {
    const [kind, ...command] = this.config.Healthcheck?.Test ?? [];
    if (kind !== "CMD") throw new Error(`The health check of the image is ${kind ?? "missing"}, not CMD.`);
    return this.exec(command);
  }

  /** Sends process 1 the signal of the image, as `docker stop` does. @returns the exit code @throws after ten seconds */
  async stop(): Promise<number | null> {
    const { StopSignal = "SIGTERM" } = this.config;
    await this.#tools.run([...this.#crun, "kill", this.#name, StopSignal]);
    return withDeadline(this.#running().exited, STOP_DEADLINE_MS, "the container to end");
  }

  /** Runs it again with its volumes, after its end. */
  async restart(ready: RegExp): Promise<void> {
    await this.#run(ready);
  }

  /** The last resort, synchronous. The end of process 1 ends all others of its namespace. */
  kill(): void {
    try {
      process.kill(Number(readFileSync(join(this.#folder, "pid"), "utf8")), "SIGKILL");
    } catch {
      // It has not begun, or has ended.
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tools.run([...this.#crun, "delete", "--force", this.#name]).catch(() => undefined);
    await this.#process?.stop();
    await this.#store.run(["rm", this.#name]);
    await removeFolder(this.#folder);
  }

  #running(): ProcessGroup {
    if (this.#process === undefined) throw new Error("The container has not been started.");
    return this.#process;
  }

  get #tools(): ImageTools {
    return this.#store.tools;
  }

  get #crun(): readonly string[] {
    return ["crun", "--root", join(this.#store.folder, "crun"), "--cgroup-manager=disabled"];
  }

  /** Returns the command that runs a step of container.sh. */
  #step(args: readonly string[]): readonly string[] {
    const facts = {
      BUILDAH: this.#store.buildah.join(" "),
      CRUN: this.#crun.join(" "),
      NAME: this.#name,
      BUNDLE: this.#folder,
    };
    const variables = Object.entries(facts).map(([name, value]) => `${name}=${value}`);
    return ["env", ...variables, "sh", join(import.meta.dirname, "container.sh"), ...args];
  }

  async #run(ready: RegExp): Promise<void> {
    const { command, args } = this.#tools.command(this.#step(["run"]));
    this.#process = await ProcessGroup.start(command, args, { env: this.#tools.env });
    running.add(this);
    void this.#process.exited.then(() => running.delete(this));
    await this.#process.waitForLine(ready, START_DEADLINE_MS);
  }
}
