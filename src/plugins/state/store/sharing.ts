import { BridgeError } from "../../../protocol/errors.ts";
import { invalidState } from "../stateLimits.ts";

/** An entry of the lists `exports` and `imports` of a manifest: the version that is meant unless the call says another one. */
interface SharingRule {
  readonly version?: string | undefined;
}

type FoundRule = SharingRule | undefined;

/** The plugins' rules of sharing. */
export interface SharingRules {
  /** Returns the rule of a value that a plugin wants to export; undefined if it must not. */
  exportOf(plugin: string, name: string): FoundRule | Promise<FoundRule>;
  /** Returns the rule of a value that a plugin wants to import; undefined if it must not. */
  importOf(plugin: string, from: string, name: string): FoundRule | Promise<FoundRule>;
}

/** For plugins without a manifest. */
export const openSharing: SharingRules = { exportOf: () => ({}), importOf: () => ({}) };

const MAX_NAME_LENGTH = 150;

export function exportNameOf(name: unknown): string {
  if (typeof name === "string" && name !== "" && name.length <= MAX_NAME_LENGTH) return name;
  throw invalidState(`The name of an exported state is a text of at most ${MAX_NAME_LENGTH} characters.`);
}

/** A version as its numbers, without zeros at its end. */
export type StateVersionNumbers = readonly number[];

/** @throws BridgeError VALIDATION_FAILED unless it is `1`, `1.2` or `1.2.3` */
export function versionOf(text: string): StateVersionNumbers {
  if (!/^\d{1,9}(?:\.\d{1,9}){0,2}$/.test(text)) {
    throw invalidState("The version of a state is one to three numbers with dots: 1, 1.2 or 1.2.3.");
  }
  return text.split(".").map(Number);
}

/** Returns true if a version satisfies a wanted one: with the same first number, and not older. */
export function satisfies(version: string, wanted: string): boolean {
  const [major, minor = 0, patch = 0] = versionOf(version);
  const [wantedMajor, wantedMinor = 0, wantedPatch = 0] = versionOf(wanted);
  return major === wantedMajor && (minor - wantedMinor || patch - wantedPatch) >= 0;
}

/** The key of an exported value: versions with different first numbers are kept next to each other. */
export function exportKey(name: string, version: string): string {
  return `${name}@${versionOf(version)[0]}`;
}

/** Returns the first number of the version of a key, if it is one of that name. */
export function majorIn(key: string, name: string): number | undefined {
  const major = key.startsWith(`${name}@`) ? key.slice(name.length + 1) : "";
  return /^\d+$/.test(major) ? Number(major) : undefined;
}

export function notShared(message: string): BridgeError {
  return new BridgeError("ACCESS_DENIED", message);
}
