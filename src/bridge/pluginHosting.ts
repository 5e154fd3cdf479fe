import type { Disposable } from "../base/disposables.ts";
import type { PluginPorts, WindowPlugins, WindowPluginsDeps } from "../plugins/hub/hosting/windowPlugins.ts";
import { messageOf } from "../protocol/errors.ts";
import type { PluginsModule } from "./pluginsModule.ts";

export interface PluginHostingDeps extends Omit<WindowPluginsDeps, "ports"> {
  /** Undefined where nobody can be asked: no plugin is started. */
  readonly ports: PluginPorts | undefined;
  readonly plugins: Pick<PluginsModule, "load">;
}

/** The plugins that this window finds and starts, from the opening of its address on. */
export class PluginHosting implements Disposable {
  /** Undefined if this window starts none. Never rejects. */
  readonly opened: Promise<WindowPlugins | undefined>;
  #isDisposed = false;

  constructor({ ports, plugins, ...deps }: PluginHostingDeps) {
    this.opened = ports === undefined ? Promise.resolve(undefined) : this.#open(ports, plugins, deps);
  }

  /** Searches the folders of the setting again. */
  async look(): Promise<void> {
    (await this.opened)?.host.look();
  }

  async dispose(): Promise<void> {
    this.#isDisposed = true;
    await (await this.opened)?.dispose();
  }

  async #open(
    ports: PluginPorts,
    plugins: PluginHostingDeps["plugins"],
    deps: Omit<PluginHostingDeps, "ports" | "plugins">,
  ): Promise<WindowPlugins | undefined> {
    try {
      const { openHost } = await plugins.load();
      return this.#isDisposed ? undefined : openHost({ ...deps, ports });
    } catch (error) {
      deps.logger.warn("The plugins could not be started", { error: messageOf(error) });
      return undefined;
    }
  }
}
