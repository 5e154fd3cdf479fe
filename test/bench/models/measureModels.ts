import type { Figure } from "../table.ts";
import { measureChunks } from "./measureChunks.ts";

export async function measureModels(): Promise<Figure[]> {
  return await measureChunks();
}
