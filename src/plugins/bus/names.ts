import { BridgeError } from "../../protocol/errors.ts";

/** The destination that is all participants. */
export const EVERYONE = "*";

const PLUGIN_NAME = /^[a-z0-9][a-z0-9-]{0,63}$/;
/** The name of a client that is no plugin has letters, digits, `-` and `_`, as ids of clients do. */
const PARTICIPANT_NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$/;
const RESERVED: ReadonlySet<string> = new Set(["kiro-bridge", "system", "bridge"]);

/** Returns true for a name that a plugin may have. */
export function isPluginName(name: string): boolean {
  return PLUGIN_NAME.test(name) && !RESERVED.has(name);
}

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
