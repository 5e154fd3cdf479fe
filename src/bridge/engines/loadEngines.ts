import { systemClock } from "../../base/clock.ts";
import type { LoadEngines } from "./createEngines.ts";

/** Reads the bundle of models. */
export const loadEngines: LoadEngines = async ({ models: ports, usageFolder: folder, windowId }) => {
  const { composeModels, DailyLedger } = await import("../../agents/modelsLibrary.ts");
  const { engines, logger } = ports;
  const ledger = new DailyLedger({ engines, folder, windowId, clock: systemClock, logger });
  return { models: composeModels({ ...ports, ledger }), ledger, openTools: undefined };
};
