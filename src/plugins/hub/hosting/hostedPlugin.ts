import type { Disposable } from "../../../base/disposables.ts";
import type { PluginManifest } from "../../manifest/pluginManifest.ts";
import type { FoundPlugin } from "../finding/pluginSearch.ts";
import type { PluginRecord, PluginState } from "../pluginDirectory.ts";
import { hasProcess } from "../process/pluginCommand.ts";
import { SupervisedPlugin, type SupervisorDeps } from "../process/supervisedPlugin.ts";
import type { Approvals } from "./approvals.ts";

export interface HostedPluginDeps extends SupervisorDeps {
  readonly approvals: Approvals;
  readonly windowId: string;
}

/** A plugin whose name this window has, with its process if it has one to start. */
export class HostedPlugin implements Disposable {
  readonly found: FoundPlugin;
  readonly manifest: PluginManifest;
  readonly supervised: SupervisedPlugin | undefined;
  readonly #deps: HostedPluginDeps;
  readonly #watch: Disposable | undefined;

  constructor(found: FoundPlugin, manifest: PluginManifest, deps: HostedPluginDeps, onDidChange: () => void) {
    this.found = found;
    this.manifest = manifest;
    this.#deps = deps;
    if (!hasProcess(manifest)) return;
    this.supervised = new SupervisedPlugin(found.folder, manifest, deps);
    this.#watch = this.supervised.onDidChange(onDidChange);
  }

  get approval(): ReturnType<Approvals["of"]> {
    return this.#deps.approvals.of(this.found.folder, this.manifest);
  }

  get record(): PluginRecord {
    const { name, version } = this.manifest;
    const { folder, origin } = this.found;
    const { windowId } = this.#deps;
    return { name, version, manifest: this.manifest, origin, folder, windowId, ...this.#state() };
  }

  async dispose(): Promise<void> {
    await this.supervised?.dispose();
    void this.#watch?.dispose();
  }

  #state(): { readonly state: PluginState; readonly detail?: string } {
    if (this.supervised === undefined) return { state: "manual" };
    const run = this.supervised.state;
    const { approval } = this;
    if (run.kind === "stopped" && approval === "open") return { state: "unapproved" };
    if (run.kind === "stopped" && approval === "denied") return { state: "denied" };
    return { state: run.kind, ...("detail" in run && run.detail !== undefined && { detail: run.detail }) };
  }
}
