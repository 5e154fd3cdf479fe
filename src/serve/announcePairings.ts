import type { Pairings } from "../access/pairings.ts";
import type { Logger } from "../base/logger.ts";

/** Logs each program that asks to be let in, and the command that lets it in, until the pairings are disposed. */
export function announcePairings(pairings: Pick<Pairings, "pending" | "onDidChange">, logger: Logger): void {
  let told: ReadonlySet<string> = new Set();
  pairings.onDidChange(() => {
    const { pending } = pairings;
    for (const { id, name, scopes, reason, program, from, code, expiresAt } of pending) {
      if (told.has(id)) continue;
      logger.warn("A program asks for access", {
        name,
        scopes: scopes.join(","),
        ...(reason !== undefined && { reason }),
        ...(program !== undefined && { program }),
        ...(from !== undefined && { from }),
        code,
        expiresAt,
        approve: `kiro-bridge access approve ${code}`,
        deny: `kiro-bridge access deny ${code}`,
      });
    }
    told = new Set(pending.map(({ id }) => id));
  });
}
