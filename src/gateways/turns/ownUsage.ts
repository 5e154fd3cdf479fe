import type { Usage } from "./turn.ts";

/** Returns the member of a vendor's usage that only the bridge has; nothing for tokens that the vendor has counted. */
export function ownUsage({ isExact = false, credits, contextPercent }: Usage): object {
  if (isExact) return {};
  return {
    kiro: {
      estimated: true,
      ...(credits !== undefined && { credits }),
      ...(contextPercent !== undefined && { contextPercent }),
    },
  };
}
