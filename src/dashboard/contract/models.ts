import * as z from "zod";
import type { EngineUsage } from "../../protocol/agents/engineUsage.ts";
import { engineStatusSchema } from "../../protocol/agents/engines.ts";

const nothing = z.strictObject({}).optional();

/** The methods of the Models page. */
export const modelMethods = {
  models: nothing,
  /** Opens the dialogs that add an engine, in the window of the dashboard. */
  addModel: nothing,
  /** Asks for another key of an engine, in the window of the dashboard. */
  setModelKey: z.strictObject({ id: z.string().min(1).max(100) }),
} as const;

/** The engines as one window knows them. */
export const windowEnginesSchema = z.object({
  windowId: z.string(),
  /** In the order of the settings. */
  engines: z.array(engineStatusSchema),
  /** The sessions that the window has at present. */
  sessions: z.array(z.object({ id: z.string(), name: z.string() })),
});

export type WindowEngines = z.infer<typeof windowEnginesSchema>;

/** The engines of all windows, and what these have used. */
export interface ModelsView {
  /** That of the dashboard first. Empty without engines. */
  readonly windows: readonly WindowEngines[];
  /** Of all windows of this machine, today. */
  readonly usage?: EngineUsage | undefined;
}

export interface ModelResults {
  models: ModelsView;
}
