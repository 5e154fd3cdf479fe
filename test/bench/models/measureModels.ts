import type { Figure } from "../table.ts";
import { measureChunks } from "./measureChunks.ts";
import { measureFirstUse } from "./measureFirstUse.ts";

/** Models as agents: what the bridge adds to their streams, and what their first use costs. */
export async function measureModels(): Promise<Figure[]> {
  return [...(await measureChunks()), ...(await measureFirstUse())];
}
