import type { EngineUsage } from "../../protocol/agents/engineUsage.ts";
import type { ModelsView, WindowEngines } from "../contract/models.ts";

/** The user's models as dashboards see them. */
export interface ModelParts {
  /** The engines as each window knows them, that of the dashboard first. */
  windows(): readonly WindowEngines[] | PromiseLike<readonly WindowEngines[]>;
  /** Returns what all windows of this machine have used today. Undefined without engines. */
  usage(): Promise<EngineUsage | undefined>;
}

/** For a bridge without engines. */
export const noModels: ModelParts = { windows: () => [], usage: () => Promise.resolve(undefined) };

export async function modelsView(models: ModelParts): Promise<ModelsView> {
  const [windows, usage] = await Promise.all([models.windows(), models.usage()]);
  return { windows, usage };
}
