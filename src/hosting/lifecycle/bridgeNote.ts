import type { BridgeAddress } from "../../bridge/bridgeAddress.ts";
import type { Settings } from "../../bridge/settingsTable.ts";

const EXPOSED = {
  token: "Other machines can reach this address. They need the token, and the connection is not encrypted.",
  none: "Other machines can reach this address without a token.",
} as const satisfies Record<Settings["auth.mode"], string>;

export interface BridgeNoteDeps {
  /** The addresses of the interfaces on which this window listens. */
  readonly addresses: readonly string[];
  readonly address: Pick<BridgeAddress, "note">;
  /** The note about the discovery file. */
  readonly entryNote: string | undefined;
  readonly authMode: Settings["auth.mode"];
}

/** Returns a note about anything that differs from the settings or is unsafe, or undefined. */
export function bridgeNote({ addresses, address, entryNote, authMode }: BridgeNoteDeps): string | undefined {
  const isExposed = !addresses.every((each) => each === "::1" || each.startsWith("127."));
  const notes = [address.note, entryNote, isExposed ? EXPOSED[authMode] : undefined];
  return notes.filter((note) => note !== undefined).join(" ") || undefined;
}
