import type { Disposable } from "../../base/disposables.ts";
import { Emitter } from "../../base/events.ts";
import type { CommandTarget } from "../../core/commands/target.ts";
import type { BusParticipant } from "../bus/participant.ts";
import type { CallRecords } from "./callRecords.ts";
import type { PluginDirectory, PluginRecord } from "./pluginDirectory.ts";
import type { PluginRouter } from "./pluginRouter.ts";
import { PluginTarget, type PluginTargetDeps } from "./pluginTarget.ts";
import { RouteTarget } from "./routeTarget.ts";
import type { runRoute } from "./runRoute.ts";

/** The parts of the plugins that their commands need, which are read on first use. */
export interface CommandParts {
  readonly directory: PluginDirectory;
  readonly participant: BusParticipant;
  readonly records: CallRecords;
  readonly router: PluginRouter;
  readonly schemas: PluginTargetDeps["schemas"];
  readonly runRoute: typeof runRoute;
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
export function pluginTargets(directory: LateDirectory, load: () => Promise<CommandParts>): readonly CommandTarget[] {
  return [
    new RouteTarget({
      run: async (request, context, timeoutMs) => {
        const { runRoute, router, participant: bus, records } = await load();
        return await runRoute(request, context, { router, directory, bus, records }, timeoutMs);
      },
    }),
    new PluginTarget({
      directory,
      bus: { request: async (message, options) => (await load()).participant.request(message, options) },
      schemas: { problemOf: async (schema, value) => (await load()).schemas.problemOf(schema, value) },
      records: { ended: (...call) => void load().then(({ records }) => records.ended(...call)) },
    }),
  ];
}
