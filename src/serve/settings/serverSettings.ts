import { dirname } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { type Disposable, DisposableStore } from "../../base/disposables.ts";
import { Emitter } from "../../base/events.ts";
import type { Logger } from "../../base/logger.ts";
import { SerialQueue } from "../../base/serialQueue.ts";
import { FolderWatch } from "../../core/sharedFolder/folderWatch.ts";
import { readConfigFile } from "./configFile.ts";
import { readEnvironment } from "./environment.ts";
import { readFlags, type SettingFlag } from "./flags.ts";
import { emptyLayer, type SettingsLayer } from "./settingsLayer.ts";

export interface SettingsSources {
  /** Absolute path of the configuration file. */
  readonly file: string | undefined;
  readonly environment: NodeJS.ProcessEnv;
  readonly flags: readonly SettingFlag[];
}

/** A source has settings that are not valid. */
export class InvalidSettings extends Error {
  override readonly name = "InvalidSettings";
  readonly source: "flags" | "configuration";

  constructor(source: InvalidSettings["source"], problems: readonly string[]) {
    super(problems.join("\n"));
    this.source = source;
  }
}

/**
 * The settings of the server. An option is stronger than an environment variable, that than the file, and the file than
 * the default. The file is read again when it changes; one that is not valid then changes nothing.
 */
export class ServerSettings implements Disposable {
  readonly #sources: SettingsSources;
  readonly #store = new DisposableStore();
  readonly #changed = this.#store.add(new Emitter<void>());
  readonly onDidChange = this.#changed.event;
  readonly #queue = new SerialQueue();
  #file: SettingsLayer;
  /** The problems that were told last. */
  #told: readonly string[] = [];

  private constructor(sources: SettingsSources, file: SettingsLayer) {
    this.#sources = sources;
    this.#file = file;
  }

  /** @throws InvalidSettings with a line for each problem */
  static async read(sources: SettingsSources): Promise<ServerSettings> {
    const file = await readFile(sources);
    const { problems } = readFlags(sources.flags);
    if (problems.length > 0) throw new InvalidSettings("flags", problems);
    const others = [...readEnvironment(sources.environment).problems, ...file.problems];
    if (others.length > 0) throw new InvalidSettings("configuration", others);
    return new ServerSettings(sources, file);
  }

  /** Sentences about settings that have no effect. */
  get warnings(): readonly string[] {
    return this.#layers().flatMap(({ warnings }) => warnings);
  }

  /** Returns the settings now, as a function of their keys. */
  now(): (key: string) => unknown {
    const values = new Map(this.#layers().flatMap((layer) => [...layer.values]));
    return (key) => values.get(key);
  }

  /** Reads the file again when it changes. */
  watch(logger: Logger): void {
    const { file } = this.#sources;
    if (file === undefined) return;
    this.#store.add(new FolderWatch(dirname(file), () => this.reload(logger), logger));
  }

  /** Reads the file again. */
  reload(logger: Logger): Promise<void> {
    return this.#queue.run(async () => {
      const file = await readFile(this.#sources);
      if (file.problems.length > 0) {
        if (!isDeepStrictEqual(file.problems, this.#told))
          for (const problem of file.problems)
            logger.error("The configuration file is not valid, so the settings stay as they are", { problem });
        this.#told = file.problems;
        return;
      }
      this.#told = [];
      if (isDeepStrictEqual(file, this.#file)) return;
      this.#file = file;
      logger.info("The configuration file was read again");
      for (const warning of file.warnings) logger.warn("A setting does nothing", { warning });
      this.#changed.fire();
    });
  }

  dispose(): Promise<void> {
    return this.#store.dispose();
  }

  /** Weakest first. */
  #layers(): readonly SettingsLayer[] {
    const { environment, flags } = this.#sources;
    return [this.#file, readEnvironment(environment), readFlags(flags)];
  }
}

async function readFile({ file }: SettingsSources): Promise<SettingsLayer> {
  return file === undefined ? emptyLayer : await readConfigFile(file);
}
