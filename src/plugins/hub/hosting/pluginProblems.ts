import type { Disposable } from "../../../base/disposables.ts";
import { Emitter } from "../../../base/events.ts";
import type { Logger } from "../../../base/logger.ts";
import type { ManifestProblem } from "../../manifest/parseManifest.ts";

/** The reason why a plugin in a folder is not used. */
export interface PluginProblem {
  readonly folder: string;
  /** One sentence, for people. */
  readonly message: string;
}

/** The folders with plugins that are not used. Each problem is reported once. */
export class PluginProblems implements Disposable {
  readonly #logger: Logger;
  readonly #added = new Emitter<PluginProblem>();
  /** Fires for each new problem. */
  readonly onDidAdd = this.#added.event;
  readonly #problems = new Map<string, string>();
  readonly #notes = new Set<string>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  list(): readonly PluginProblem[] {
    return [...this.#problems].map(([folder, message]) => ({ folder, message }));
  }

  /** Forgets those of other folders. */
  keepOf(folders: readonly string[]): void {
    const kept = new Set(folders);
    for (const folder of this.#problems.keys()) if (!kept.has(folder)) this.#problems.delete(folder);
  }

  /** Forgets that of a folder. */
  clear(folder: string): void {
    this.#problems.delete(folder);
  }

  /** Reports a manifest that is not valid. */
  report(folder: string, problems: readonly ManifestProblem[]): void {
    this.#add(folder, problems.map(sentenceOf).join(" "));
  }

  /** Reports a plugin whose name another one has. @returns true for a new problem */
  refuse(folder: string, name: string, otherFolder: string): boolean {
    return this.#add(folder, `The name ${name} belongs to the plugin in ${otherFolder}.`);
  }

  /** Logs the warnings of a manifest that is valid. */
  note(folder: string, warnings: readonly ManifestProblem[]): void {
    for (const warning of warnings) {
      const text = `${folder}\n${warning.path}`;
      if (this.#notes.has(text)) continue;
      this.#notes.add(text);
      this.#logger.warn("The manifest of a plugin has an unknown key, which is not used", {
        folder,
        key: warning.path,
      });
    }
  }

  dispose(): void {
    this.#added.dispose();
  }

  #add(folder: string, message: string): boolean {
    if (this.#problems.get(folder) === message) return false;
    this.#problems.set(folder, message);
    this.#logger.warn("A plugin is not used", { folder, problem: message });
    this.#added.fire({ folder, message });
    return true;
  }
}

function sentenceOf({ path, message }: ManifestProblem): string {
  return path === "" ? `The manifest ${message}.` : `${path}: ${message}.`;
}
