import type { Figure } from "../table.ts";
import { measureEmbedded } from "./measureEmbedded.ts";

/** The bus of the plugins, without an editor. */
export async function measurePlugins(): Promise<Figure[]> {
  return await measureEmbedded();
}
