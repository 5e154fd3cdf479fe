import type { Figure } from "../table.ts";
import { measureBusSocket } from "./measureBusSocket.ts";
import { measureEmbedded } from "./measureEmbedded.ts";
import { measureNats } from "./measureNats.ts";
import { measureRouting } from "./measureRouting.ts";

/** The bus of the plugins and what is built on it, without an editor. */
export async function measurePlugins(): Promise<Figure[]> {
  return [...(await measureEmbedded()), ...(await measureBusSocket()), ...(await measureNats()), ...measureRouting()];
}
