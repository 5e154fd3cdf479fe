import type { Disposable } from "../../base/disposables.ts";
import { Emitter } from "../../base/events.ts";
import type { CommandTarget } from "../../core/commands/target.ts";
import type { PluginDirectory, PluginRecord } from "./pluginDirectory.ts";
import { PluginTarget, type PluginTargetDeps } from "./pluginTarget.ts";
import { RouteTarget, type RouteTargetDeps } from "./routeTarget.ts";

/** The part of the plugins that their commands need. */
interface LoadedPlugins {
  readonly callMethod: PluginTargetDeps["callMethod"];
  readonly runRoute: RouteTargetDeps["run"];
}

/** Collaborators of the commands of plugins. */
export interface CommandPorts {
  readonly directory: PluginDirectory;
  readonly schemas: PluginTargetDeps["schemas"];
  /** Reads the plugins, on first use. */
  readonly load: () => Promise<LoadedPlugins>;
}

/** The directory before and after the plugins were read. */
export class LateDirectory implements PluginDirectory, Disposable {
  readonly #changed = new Emitter<void>();
  readonly onDidChange = this.#changed.event;
  #inner: PluginDirectory | undefined;
  #following: Disposable | undefined;

  plugins(): readonly PluginRecord[] {
    return this.#inner?.plugins() ?? [];
  }

  follow(inner: PluginDirectory): void {
    this.#inner = inner;
    this.#following = inner.onDidChange(() => this.#changed.fire());
    this.#changed.fire();
  }

  dispose(): void {
    void this.#following?.dispose();
    this.#changed.dispose();
  }
}

/** Creates the targets of the methods of plugins and of routing, before the plugins were read. */
export function pluginTargets({ directory, schemas, load }: CommandPorts): readonly CommandTarget[] {
  return [
    new RouteTarget({ directory, run: async (...route) => (await load()).runRoute(...route) }),
    new PluginTarget({ directory, schemas, callMethod: async (...call) => (await load()).callMethod(...call) }),
  ];
}
