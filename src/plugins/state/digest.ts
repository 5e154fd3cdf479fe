import { canonicalJson } from "../../base/canonicalJson.ts";
import { type StateDocument, withoutExports } from "./stateDocument.ts";

/**
 * Digests what replicas exchange of a document: equal for equal ones, also when their members are in another order. FNV-1a
 * in two variants: it finds what got lost, and protects against nobody.
 */
export function digestOf(document: StateDocument): string {
  const text = canonicalJson(withoutExports(document));
  let a = 0x811c9dc5;
  let b = 0x1b873593;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    a = Math.imul(a ^ code, 0x01000193);
    b = Math.imul(b ^ code, 0x85ebca6b) ^ (b >>> 13);
  }
  return `${(a >>> 0).toString(16)}-${(b >>> 0).toString(16)}-${text.length}`;
}
