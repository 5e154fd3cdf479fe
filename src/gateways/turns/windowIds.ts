import { hash, randomBytes } from "node:crypto";

/** `<prefix>_<tag><random>`, as `newId` makes it, or `<tag>.<anything>`, which keys of sessions have. */
const TAGGED = /^(?:[a-z]{1,10}[_-])?([0-9a-f]{8})(?:[0-9a-f]{24}$|\.)/;

/** Returns the mark of a window in the IDs that it gives out, by which a request that has one finds the window. */
export function windowTag(windowId: string): string {
  return hash("sha256", windowId, "hex").slice(0, 8);
}

/**
 * Returns a unique ID of 32 digits, to which a protocol may add its prefix, such as `call_`. The longest that clients take
 * has 40 characters.
 */
export function newId(windowId: string): string {
  return `${windowTag(windowId)}${randomBytes(12).toString("hex")}`;
}

/** Returns the mark in an ID or a key, with or without the prefix of a protocol; undefined for those of others. */
export function windowTagIn(id: string): string | undefined {
  return TAGGED.exec(id)?.[1];
}
