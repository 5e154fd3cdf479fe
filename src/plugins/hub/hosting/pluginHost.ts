import { isDeepStrictEqual } from "node:util";
import type { Disposable } from "../../../base/disposables.ts";
import { Emitter } from "../../../base/events.ts";
import { SerialQueue } from "../../../base/serialQueue.ts";
import type { PluginChanged } from "../../../core/access/audit.ts";
import { BridgeError, messageOf } from "../../../protocol/errors.ts";
import type { PluginManifest } from "../../manifest/pluginManifest.ts";
import type { FoundPlugin, PluginFindings } from "../finding/pluginSearch.ts";
import type { PluginWatch } from "../finding/pluginWatch.ts";
import type { PluginRecord } from "../pluginDirectory.ts";
import type { ApprovalAnswer, ApprovalRequest } from "./approvals.ts";
import { HostedPlugin, type HostedPluginDeps } from "./hostedPlugin.ts";
import type { PluginClaims } from "./pluginClaims.ts";
import { PluginProblems } from "./pluginProblems.ts";

export interface PluginHostDeps extends HostedPluginDeps {
  readonly watch: Pick<PluginWatch, "onDidFind" | "look" | "dispose">;
  readonly claims: Pick<PluginClaims, "take" | "release" | "onDidChange" | "dispose">;
  /** Asks the user. One question is open at a time. */
  readonly ask: (request: ApprovalRequest) => Promise<ApprovalAnswer>;
}

/**
 * The plugins of this window: found by their manifests, each with a name that no other one has, approved by the user once,
 * and running while the window is open.
 */
export class PluginHost implements Disposable {
  readonly #deps: PluginHostDeps;
  readonly #hosted = new Map<string, HostedPlugin>();
  /** Names for which the user was asked, or has not to be asked, until something changes. */
  readonly #asked = new Set<string>();
  readonly #changed = new Emitter<void>();
  /** Fires when `records` has changed. */
  readonly onDidChange = this.#changed.event;
  readonly problems: PluginProblems;
  readonly #work = new SerialQueue();
  readonly #questions = new SerialQueue();
  readonly #listening: readonly Disposable[];
  #findings: PluginFindings = { plugins: [], watched: [] };
  #isDisposed = false;

  constructor(deps: PluginHostDeps) {
    this.#deps = deps;
    this.problems = new PluginProblems(deps.logger);
    this.#listening = [
      deps.watch.onDidFind((findings) => {
        this.#findings = findings;
        this.#update();
      }),
      deps.claims.onDidChange(() => this.#update()),
    ];
    deps.watch.look();
  }

  /** In the order of their names. */
  records(): readonly PluginRecord[] {
    return [...this.#hosted.values()].map(({ record }) => record).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Returns the last lines of a plugin, the oldest first. They are not masked. */
  output(name: string): readonly string[] {
    return this.#hosted.get(name)?.supervised?.output.tail() ?? [];
  }

  /** Searches again, because a place was added. */
  look(): void {
    this.#deps.watch.look();
  }

  /** Starts a plugin, also after it has failed. Asks the user if it is not approved. */
  async start(name: string): Promise<void> {
    const hosted = this.#get(name);
    if (hosted.approval !== "allowed" && !(await this.#ask(hosted))) return;
    await hosted.supervised?.start();
  }

  /** Stops a plugin until it is started, or the window is reloaded. */
  async stop(name: string): Promise<void> {
    await this.#get(name).supervised?.stop();
  }

  async dispose(): Promise<void> {
    this.#isDisposed = true;
    for (const each of this.#listening) void each.dispose();
    this.#changed.dispose();
    this.problems.dispose();
    // At once: what still runs in the queue may wait for a file that another window has locked.
    await Promise.all([...this.#hosted.values()].map((each) => each.dispose()));
    this.#hosted.clear();
    await this.#deps.watch.dispose();
    await this.#deps.claims.dispose();
  }

  #get(name: string): HostedPlugin {
    const hosted = this.#hosted.get(name);
    if (hosted === undefined) throw new BridgeError("NOT_FOUND", `This window has no plugin ${name}.`);
    return hosted;
  }

  #update(): void {
    void this.#work.run(async () => {
      if (this.#isDisposed) return;
      try {
        await this.#reconcile(this.#findings.plugins);
      } catch (error) {
        this.#deps.logger.warn("The plugins could not be updated", { error: messageOf(error) });
      }
    });
  }

  async #reconcile(found: readonly FoundPlugin[]): Promise<void> {
    this.problems.keepOf(found.map(({ folder }) => folder));
    await this.#dropMissing(found);
    for (const each of found) {
      const { reading, folder } = each;
      if (this.#isDisposed) return;
      if (reading.kind === "invalid") this.problems.report(folder, reading.problems);
      else {
        this.problems.note(folder, reading.warnings);
        await this.#host(each, reading.manifest);
      }
    }
  }

  /** Ends those that are gone, and those whose manifest has changed, which begin again as new ones. */
  async #dropMissing(found: readonly FoundPlugin[]): Promise<void> {
    for (const [name, { found: before, manifest }] of this.#hosted) {
      const now = found.find(({ folder }) => folder === before.folder)?.reading;
      if (now?.kind === "valid" && isDeepStrictEqual(now.manifest, manifest)) continue;
      await this.#hosted.get(name)?.dispose();
      this.#hosted.delete(name);
      this.#asked.delete(name);
      if (now?.kind !== "valid" || now.manifest.name !== name) await this.#deps.claims.release(name);
      this.#changed.fire();
    }
  }

  async #host(found: FoundPlugin, manifest: PluginManifest): Promise<void> {
    const { name } = manifest;
    const known = this.#hosted.get(name);
    if (known?.found.folder === found.folder) return;
    const holder = known?.found ?? (await this.#deps.claims.take(name, found.folder));
    if (holder !== undefined) {
      // The same plugin may be open in several windows; it runs in one of them.
      if (holder.folder !== found.folder && this.problems.refuse(found.folder, name, holder.folder))
        this.#note("plugin-refused", found.folder, manifest);
      return;
    }
    if (this.#isDisposed) return;
    this.problems.clear(found.folder);
    const hosted = new HostedPlugin(found, manifest, this.#deps, () => this.#changed.fire());
    this.#hosted.set(name, hosted);
    this.#changed.fire();
    this.#begin(hosted);
  }

  #note(kind: PluginChanged["kind"], folder: string, { name, version }: PluginManifest): void {
    this.#deps.audit?.note({ kind, name, version, folder });
  }

  #begin(hosted: HostedPlugin): void {
    const { supervised, manifest, approval } = hosted;
    if (supervised === undefined) return;
    if (approval === "allowed") void supervised.start();
    if (approval !== "open" || this.#asked.has(manifest.name)) return;
    this.#asked.add(manifest.name);
    void this.#questions.run(async () => {
      // Asked later: it may have been decided by then, or be gone.
      if (this.#hosted.get(manifest.name) !== hosted || hosted.approval !== "open") return;
      if (await this.#ask(hosted)) await supervised.start();
    });
  }

  /** @returns true if the user allows what the plugin may do now */
  async #ask(hosted: HostedPlugin): Promise<boolean> {
    const { manifest, found } = hosted;
    try {
      const answer = await this.#deps.ask(this.#deps.approvals.request(found.folder, manifest));
      await this.#deps.approvals.decide(found.folder, manifest, answer);
      if (answer === "allow") this.#note("plugin-approved", found.folder, manifest);
      if (answer === "never") this.#note("plugin-denied", found.folder, manifest);
    } catch (error) {
      this.#deps.logger.warn("The user could not be asked for a plugin", { error: messageOf(error) });
    }
    if (this.#isDisposed || this.#hosted.get(manifest.name) !== hosted) return false;
    this.#changed.fire();
    return hosted.approval === "allowed";
  }
}
