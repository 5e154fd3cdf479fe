import { agents } from "./agents.ts";
import { editors } from "./editors.ts";
import { libraries } from "./libraries.ts";
import type { ClientSetup } from "./setup.ts";

/** The clients with a set-up. The palette, the command line and docs/clients read this one table. */
export const clientSetups: readonly ClientSetup[] = [...editors, ...agents, ...libraries];

export function findSetup(id: string): ClientSetup | undefined {
  return clientSetups.find((setup) => setup.id === id);
}
