import type { Disposable } from "../../base/disposables.ts";
import { DeliveryFailure } from "../delivery/destination.ts";
import type { IncomingAnswer } from "../http/request.ts";

/** An object as it is stored. */
export interface ArchivedObject {
  readonly body: Buffer;
  readonly isGzip: boolean;
}

/** An object in a list. */
export interface ListedObject {
  readonly key: string;
  /** In bytes, as stored. */
  readonly size: number | undefined;
}

/** A page of what is directly below a prefix. */
export interface ObjectPage {
  /** Prefixes that end with a slash. */
  readonly folders: readonly string[];
  readonly objects: readonly ListedObject[];
  /** Continues the list; undefined at its end. */
  readonly next: string | undefined;
}

/** A store of objects by their keys. All methods throw `DeliveryFailure`, or the signal's reason. */
export interface ObjectStore extends Disposable {
  /** The store in a sentence: `The bucket 'runs'`. */
  readonly place: string;
  /** Creates an object. @returns `kept` if there is one with this key, which stays */
  put(key: string, object: ArchivedObject, signal: AbortSignal): Promise<"written" | "kept">;
  /** Returns an object as it is stored, with at most this many bytes; undefined if there is none. */
  get(key: string, maxBytes: number, signal: AbortSignal): Promise<Buffer | undefined>;
  /** Lists what is directly below a prefix, which is empty or ends with a slash. @param next of the page before */
  list(prefix: string, next: string | undefined, signal: AbortSignal): Promise<ObjectPage>;
}

/** Encodes a key for the path of a URL, each segment for itself. Also what `encodeURIComponent` leaves, which signatures encode. */
export function keyPath(key: string): string {
  return key.split("/").map(encodeSegment).join("/");
}

/** Encodes a text for a path or a query, by RFC 3986. */
export function encodeSegment(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** Returns an object that was read in whole. @throws DeliveryFailure if it is longer than was read */
export function wholeBody({ body, isCut }: IncomingAnswer, place: string): Buffer {
  if (!isCut) return body;
  throw new DeliveryFailure("refused", `${place} has an object that is too large to be read.`);
}
