import { join } from "node:path";
import { atEndOfTurn } from "../../base/endOfTurn.ts";
import { systemClock } from "../../base/clock.ts";
import { Emitter } from "../../base/events.ts";
import type { Logger } from "../../base/logger.ts";
import type { ExportControl, ExportOverview } from "../../core/exportControl.ts";
import type { Redactor } from "../../core/privacy/redactor.ts";
import {
  type Exports,
  type ExportSecrets,
  type ExportsPorts,
  noExportSecrets,
  type OpenExports,
} from "../../exports/door/exports.ts";
import { removeLeftovers } from "../../exports/door/removeLeftovers.ts";
import type { DestinationHead } from "../../exports/door/settings.ts";
import { BridgeError, messageOf } from "../../protocol/errors.ts";
import { quote } from "../../protocol/validate.ts";
import { addExports } from "../../server/exports/addExports.ts";
import type { BridgeModule } from "../bridgeModule.ts";

/** Reads the bundle of exports and opens them. */
const openExports: OpenExports = async (...call) => {
  const { openExports: open } = await import("../../exports/exportsLibrary.ts");
  return await open(...call);
};

export interface ExportsModuleDeps {
  /** Default: reads the bundle. */
  readonly openExports?: OpenExports | undefined;
  readonly exportSecrets?: ExportSecrets;
  /** Returns the values of the settings as they are. */
  readonly settings: () => (key: string) => unknown;
  /** The storage folder of the extension. */
  readonly storageFolder: string;
  readonly redactor: Redactor;
  readonly version: string;
  readonly logger: Logger;
}

/** The parts of the core that exports read. */
type ExportedCore = Pick<ExportsPorts, "events" | "executions" | "catalog" | "dispatcher" | "history" | "meter">;

export interface ExportsModule extends BridgeModule {
  readonly control: ExportControl;
  /**
   * Opens the destinations of the setting, or applies its change. Reads the bundle when there is the first one. Never throws:
   * a failure is told in the log and in the list.
   */
  apply(elements: readonly DestinationHead[], core: ExportedCore): Promise<void>;
}

/** The exports of this window. Thin, because they are a bundle of its own, read when a destination is configured. */
export function exportsModule(deps: ExportsModuleDeps): ExportsModule {
  const late = new LateExports(deps);
  return {
    control: late,
    statusParts: {
      exports: () => late.opened?.list().destinations.map(({ name, kind, state }) => ({ name, kind, state })),
    },
    routes: (router, { core: { audit }, placement, clients }) =>
      addExports(router, { exports: late, placement, clients, audit }),
    apply: (...call) => late.apply(...call),
    dispose: () => late.dispose(),
  };
}

/** The exports, from the first destination on. */
class LateExports implements ExportControl {
  readonly #deps: ExportsModuleDeps;
  readonly #changed = new Emitter<void>();
  readonly onDidChange = this.#changed.event;
  opened: Exports | undefined;
  #opening: Promise<Exports> | undefined;
  /** Ends when what earlier destinations have left is removed. */
  #removal: Promise<void> | undefined;
  #problem: string | undefined;
  #wanted: readonly DestinationHead[] = [];
  #isDisposed = false;

  constructor(deps: ExportsModuleDeps) {
    this.#deps = deps;
  }

  list(): ExportOverview {
    if (this.opened !== undefined) return this.opened.list();
    return { destinations: [], problems: this.#problem === undefined ? [] : [this.#problem] };
  }

  test: ExportControl["test"] = async (name, signal) => await this.#get(name).test(name, signal);
  deadLetters: ExportControl["deadLetters"] = async (name, limit) => await this.#get(name).deadLetters(name, limit);
  replay: ExportControl["replay"] = async (name) => await this.#get(name).replay(name);
  removeDeadLetters: ExportControl["removeDeadLetters"] = async (name) => await this.#get(name).removeDeadLetters(name);

  archives(): ReturnType<ExportControl["archives"]> {
    return this.opened?.archives() ?? [];
  }

  async apply(elements: readonly DestinationHead[], core: ExportedCore): Promise<void> {
    this.#wanted = elements;
    if (this.opened !== undefined) {
      this.opened.apply(elements);
      return;
    }
    if (this.#isDisposed) return;
    if (elements.length === 0) {
      if (this.#opening === undefined && !this.#isMistaken) this.#removal ??= this.#removeLeftovers();
      return;
    }
    this.#opening ??= this.#open(core);
    await this.#opening.catch(() => undefined);
  }

  async dispose(): Promise<void> {
    this.#isDisposed = true;
    const opened = await this.#opening?.catch(() => undefined);
    await Promise.all([opened?.dispose(), this.#removal]);
    this.#changed.dispose();
  }

  async #open(core: ExportedCore): Promise<Exports> {
    const {
      openExports: open = openExports,
      exportSecrets: secrets = noExportSecrets,
      storageFolder,
      settings: _,
      ...rest
    } = this.#deps;
    await this.#removal;
    const elements = this.#wanted;
    try {
      const opened = await open(
        {
          ...core,
          ...rest,
          secrets,
          folder: folderOf(storageFolder),
          beforeAnswers: (store) => atEndOfTurn("commit", store),
          environment: process.env,
          clock: systemClock,
          now: Date.now,
        },
        elements,
      );
      opened.onDidChange(() => this.#changed.fire());
      if (this.#wanted !== elements) opened.apply(this.#wanted);
      this.opened = opened;
      this.#problem = undefined;
      return opened;
    } catch (error) {
      this.#opening = undefined;
      this.#problem = `The exports could not be started: ${messageOf(error)}`;
      this.#deps.logger.warn("The exports could not be started", { error: messageOf(error) });
      throw error;
    } finally {
      this.#changed.fire();
    }
  }

  /** True if the setting has elements and none of them is valid: what waits for them stays until the mistake is corrected. */
  get #isMistaken(): boolean {
    const setting = this.#deps.settings()("exports");
    return setting !== undefined && !(Array.isArray(setting) && setting.length === 0);
  }

  #removeLeftovers(): Promise<void> {
    const { storageFolder, logger } = this.#deps;
    return removeLeftovers({ folder: folderOf(storageFolder), logger });
  }

  #get(name: string): Exports {
    if (this.opened === undefined)
      throw new BridgeError("NOT_FOUND", this.#problem ?? `There is no destination ${quote(name)}.`);
    return this.opened;
  }
}

function folderOf(storageFolder: string): string {
  return join(storageFolder, "exports");
}
