import { hash } from "node:crypto";
import type { Message } from "../bus/message.ts";

/** 16 characters of Base64 are 96 bits. */
const HASH_LENGTH = 16;

/** The IDs of the last messages, by which a repeated publish is recognized; oldest first, at most `limit`. */
export class RecentIds<Place> {
  readonly #limit: number;
  readonly #places = new Map<string, Place>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  has(id: string): boolean {
    return this.#places.has(id);
  }

  /** @param place the file that has the ID */
  add(id: string, place: Place): void {
    this.#places.set(id, place);
    if (this.#places.size <= this.#limit) return;
    const [oldest] = this.#places.keys();
    if (oldest !== undefined) this.#places.delete(oldest);
  }

  /** Changes the file of an ID, not its age. */
  move(id: string, place: Place): void {
    if (this.#places.has(id)) this.#places.set(id, place);
  }

  remove(id: string): void {
    this.#places.delete(id);
  }

  /** Returns the IDs that would be lost with a file. */
  in(place: Place): string[] {
    return [...this.#places].filter(([, its]) => its === place).map(([id]) => id);
  }
}

/** Each source has its own IDs, so that none can suppress a message of another one. */
export function idOf({ source, messageId }: Message): string {
  return hash("sha256", `${source}\0${messageId}`, "base64url").slice(0, HASH_LENGTH);
}
