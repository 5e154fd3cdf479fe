import type { RunningServer } from "../../server/startServer.ts";
import type { Settings } from "../../bridge/settingsTable.ts";

const EXPOSED = {
  token: "Other machines can reach this address. They need the token, and the connection is not encrypted.",
  none: "Other machines can reach this address without a token.",
} as const satisfies Record<Settings["auth.mode"], string>;

export interface BridgeNoteDeps {
  readonly server: Pick<RunningServer, "conflict" | "addresses">;
  /** The note about the discovery file. */
  readonly entryNote: string | undefined;
  readonly authMode: Settings["auth.mode"];
}

/** Returns a note about anything that differs from the settings or is unsafe, or undefined. */
export function bridgeNote({ server, entryNote, authMode }: BridgeNoteDeps): string | undefined {
  const isExposed = !server.addresses.every((address) => address === "::1" || address.startsWith("127."));
  const notes = [server.conflict?.owner, entryNote, isExposed ? EXPOSED[authMode] : undefined];
  return notes.filter((note) => note !== undefined).join(" ") || undefined;
}
