import type { Figure } from "../table.ts";
import { measureMcp } from "./measureMcp.ts";
import { measureTurns } from "./measureTurns.ts";

export async function measureGateways(): Promise<Figure[]> {
  return [...(await measureTurns()), ...(await measureMcp())];
}
