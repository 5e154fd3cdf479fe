import type { WindowPort } from "../../core/ports.ts";
import type { ModelParts } from "../../dashboard/channel/modelActions.ts";
import type { EnginesModule } from "./enginesModule.ts";

/** Returns what dashboards see of the engines of this window. */
export function modelParts(
  { targets, usage }: Pick<EnginesModule, "targets" | "usage">,
  window: Pick<WindowPort, "describe">,
): ModelParts {
  return {
    windows: () => [
      {
        windowId: window.describe().id,
        engines: targets.map((target) => target.engineStatus()),
        sessions: targets.flatMap((target) => target.sessions()),
      },
    ],
    usage: async () => (targets.length === 0 ? undefined : await usage()),
  };
}
