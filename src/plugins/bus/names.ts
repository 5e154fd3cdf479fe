import { BridgeError } from "../../protocol/errors.ts";

/** The destination that is all participants. */
export const EVERYONE = "*";

/** The names of plugins, and those of clients, whose ids have upper case letters and `_` too. */
const PARTICIPANT_NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$/;

/** Returns true for a name that any participant may have. */
export function isParticipantName(name: string): boolean {
  return PARTICIPANT_NAME.test(name);
}

/** Returns the plugin whose topic this is: `plugin/<name>/…`. */
export function pluginOfTopic(topic: string): string | undefined {
  const [root, name, part] = topic.split("/", 3);
  return root === "plugin" && name !== undefined && part !== undefined && isParticipantName(name) ? name : undefined;
}

/** Returns the destination that a message names. @throws BridgeError VALIDATION_FAILED */
export function destinationOf(value: unknown): string {
  if (value === undefined || value === EVERYONE) return EVERYONE;
  if (typeof value === "string" && isParticipantName(value)) return value;
  throw new BridgeError("VALIDATION_FAILED", "A destination is the name of a plugin, or '*'.");
}
