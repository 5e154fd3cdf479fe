import type { Disposable } from "../../../base/disposables.ts";
import { startDeadline } from "../../../base/deadline.ts";
import { Emitter } from "../../../base/events.ts";
import type { Logger } from "../../../base/logger.ts";
import type { ProcessGuard } from "../../../core/childProcesses/orphanGuard.ts";
import type { GrantedScope } from "../../../protocol/access.ts";
import { type AuditSink, noAudit } from "../../../core/access/audit.ts";
import { messageOf } from "../../../protocol/errors.ts";
import type { PluginManifest } from "../../manifest/pluginManifest.ts";
import { type CrashLimits, Crashes } from "./crashes.ts";
import { LineMeter } from "./lineMeter.ts";
import { OutputLines } from "./outputLines.ts";
import { commandOf } from "./pluginCommand.ts";
import { type PluginExit, type PluginProcess, startPluginProcess } from "./pluginProcess.ts";
import { pluginScopes } from "./pluginScopes.ts";

/** The access of one start of a plugin. */
export interface PluginGrant {
  readonly token: string;
  revoke(): Promise<void>;
}

export interface SupervisorDeps {
  readonly guard: ProcessGuard;
  /** Lets a plugin in, on the address that all windows share. */
  readonly grant: (name: string, scopes: readonly GrantedScope[]) => Promise<PluginGrant>;
  /** Returns the URL of the address. */
  readonly url: () => string;
  /** The discovery folder, where a plugin finds the address after it has moved. */
  readonly discoveryFolder: string;
  readonly logger: Logger;
  /** Default: nothing is recorded. */
  readonly audit?: AuditSink | undefined;
  readonly limits?: CrashLimits | undefined;
}

export type RunState =
  | { readonly kind: "stopped"; readonly detail?: string }
  | { readonly kind: "starting" }
  | { readonly kind: "running"; readonly process: PluginProcess }
  | { readonly kind: "restarting"; readonly detail: string }
  | { readonly kind: "failed"; readonly detail: string };

/**
 * Keeps the process of one plugin running: restarts it after a crash with growing delays, and gives up when it crashes too
 * often. Each start has a token of its own, which ends with the process.
 */
export class SupervisedPlugin implements Disposable {
  readonly output = new OutputLines();
  readonly #folder: string;
  readonly #manifest: PluginManifest;
  readonly #deps: SupervisorDeps;
  readonly #crashes: Crashes;
  readonly #meter = new LineMeter();
  readonly #changed = new Emitter<void>();
  readonly onDidChange = this.#changed.event;
  #state: RunState = { kind: "stopped" };
  #restart: Disposable | undefined;
  /** The last start or stop; the next one waits for it. */
  #last: Promise<void> = Promise.resolve();
  #isWanted = false;

  constructor(folder: string, manifest: PluginManifest, deps: SupervisorDeps) {
    this.#folder = folder;
    this.#manifest = manifest;
    this.#deps = deps;
    this.#crashes = new Crashes(deps.limits);
  }

  get state(): RunState {
    return this.#state;
  }

  /** Starts it, also after it has failed. Resolves when it runs, or could not be started. */
  start(): Promise<void> {
    this.#isWanted = true;
    this.#crashes.forget();
    return this.#enqueue(() => this.#start());
  }

  /** Stops it until it is started again. Resolves when its process group and its access have ended. */
  async stop(): Promise<void> {
    this.#isWanted = false;
    await this.#enqueue(() => this.#stop());
    // The end of the process has enqueued the revocation.
    await this.#last;
  }

  async dispose(): Promise<void> {
    await this.stop();
    this.#changed.dispose();
  }

  #enqueue(work: () => Promise<void>): Promise<void> {
    this.#last = this.#last.then(work);
    return this.#last;
  }

  async #start(): Promise<void> {
    void this.#restart?.dispose();
    if (!this.#isWanted || this.#state.kind === "running") return;
    this.#become({ kind: "starting" });
    let grant: PluginGrant | undefined;
    try {
      const { name, version } = this.#manifest;
      grant = await this.#deps.grant(name, pluginScopes(this.#manifest));
      const address = { url: this.#deps.url(), token: grant.token, discoveryFolder: this.#deps.discoveryFolder };
      const command = await commandOf(this.#folder, this.#manifest, address);
      const process = await startPluginProcess(command, {
        guard: this.#deps.guard,
        onLine: (line) => this.#printed(line),
      });
      this.#deps.logger.info("A plugin was started", { plugin: name, pid: process.pid });
      const { audit = noAudit } = this.#deps;
      audit.note({ kind: "plugin-started", name, version, folder: this.#folder });
      this.#become({ kind: "running", process });
      const granted = grant;
      void process.exited.then((exit) => this.#enqueue(() => this.#ended(process, exit, granted)));
    } catch (error) {
      await this.#revoke(grant);
      this.#crashed(`It could not be started: ${messageOf(error)}.`);
    }
  }

  async #stop(): Promise<void> {
    void this.#restart?.dispose();
    if (this.#state.kind === "running") await this.#state.process.end();
    if (this.#state.kind !== "stopped") this.#become({ kind: "stopped" });
  }

  async #ended(process: PluginProcess, exit: PluginExit, grant: PluginGrant): Promise<void> {
    const { logger } = this.#deps;
    logger.info("A plugin has ended", {
      plugin: this.#manifest.name,
      pid: process.pid,
      code: exit.code ?? undefined,
      signal: exit.signal ?? undefined,
    });
    await this.#revoke(grant);
    if (this.#state.kind !== "running" || this.#state.process !== process) return;
    if (exit.code === 0) this.#become({ kind: "stopped", detail: "It has ended." });
    else this.#crashed(`It ended with ${exit.signal ?? `code ${exit.code ?? "unknown"}`}.`);
  }

  #crashed(reason: string): void {
    const delayMs = this.#crashes.crashed();
    const facts = { plugin: this.#manifest.name, reason, crashes: this.#crashes.count };
    if (delayMs === undefined) {
      this.#deps.logger.error("A plugin crashes too often and is not restarted", facts);
      this.#isWanted = false;
      this.#become({ kind: "failed", detail: `${reason} It crashed ${this.#crashes.count} times.` });
      return;
    }
    this.#deps.logger.warn("A plugin has crashed and will be restarted", { ...facts, delayMs });
    this.#restart = startDeadline(delayMs, () => void this.#enqueue(() => this.#start()));
    this.#become({ kind: "restarting", detail: reason });
  }

  async #revoke(grant: PluginGrant | undefined): Promise<void> {
    try {
      await grant?.revoke();
    } catch (error) {
      const facts = { plugin: this.#manifest.name, error: messageOf(error) };
      this.#deps.logger.warn("The access of a plugin that has ended could not be revoked", facts);
    }
  }

  #printed(line: string): void {
    this.output.add(line);
    const omitted = this.#meter.take();
    if (omitted === false) return;
    const facts = { plugin: this.#manifest.name, line };
    this.#deps.logger.info("Output of a plugin", omitted === 0 ? facts : { ...facts, omitted });
  }

  #become(state: RunState): void {
    this.#state = state;
    this.#changed.fire();
  }
}
