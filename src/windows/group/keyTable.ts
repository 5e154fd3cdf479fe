import { createHash } from "node:crypto";
import * as z from "zod";
import { owner } from "../../core/access/principal.ts";
import { KEPT_MS, MAX_KEYS, MAX_KEYS_OF_OTHERS } from "../../core/commands/idempotencyKeys.ts";
import type { ProcessIdentity } from "../../core/processes.ts";
import type { PlaceKey } from "../../server/windows/windows.ts";

/** A line of the ledger: a key of a window, the execution of a key, or a window. */
const lineSchema = z.union([
  z.object({ k: z.string(), w: z.string(), at: z.number(), p: z.string().optional(), x: z.string().optional() }),
  z.object({ k: z.string(), x: z.string() }),
  z.object({ w: z.string(), pid: z.int(), started: z.string().optional() }),
  z.object({ w: z.string(), left: z.literal(true) }),
]);
type Line = z.infer<typeof lineSchema>;

/** The window of a key. */
export interface KeyHolder {
  readonly hash: string;
  readonly windowId: string;
  /** In epoch milliseconds. */
  readonly at: number;
  /** The execution that the window has created for the key, if known. */
  executionId: string | undefined;
  /** Resolves when the lines of the key were written. */
  written: Promise<void> | undefined;
  /** The lines that are written for it. */
  readonly lines: readonly string[];
}

interface Entry extends KeyHolder {
  readonly tag: string;
  /** Monotonic time in milliseconds. */
  readonly expiresAt: number;
}

interface KnownProcess {
  readonly process: ProcessIdentity;
  hasLeft: boolean;
}

/** Returns the hash under which a key is stored. */
export function keyHash({ principalId, key }: PlaceKey): string {
  return createHash("sha256").update(`${principalId}\0${key}`).digest("base64url");
}

/** Identifies a principal in the ledger; empty for the owner. */
export function principalTag(principalId: string): string {
  return principalId === owner.id ? "" : createHash("sha256").update(principalId).digest("base64url").slice(0, 16);
}

/** The keys of a ledger, and their windows. */
export class KeyTable {
  /** By principal, in the order of their expiry. */
  readonly #principals = new Map<string, Map<string, Entry>>();
  readonly #windows = new Map<string, KnownProcess>();
  readonly #monotonicNow: () => number;
  readonly #now: () => number;

  /**
   * @param monotonicNow in milliseconds: keys do not expire because the clock was set
   * @param now in epoch milliseconds
   */
  constructor(monotonicNow: () => number, now: () => number) {
    this.#monotonicNow = monotonicNow;
    this.#now = now;
  }

  /** Number of keys and windows. */
  get size(): number {
    return [...this.#principals.values()].reduce((sum, keys) => sum + keys.size, this.#windows.size);
  }

  get(tag: string, hash: string): KeyHolder | undefined {
    this.#removeExpired();
    return this.#principals.get(tag)?.get(hash);
  }

  /** Adds a key. Evicts the oldest one of the principal above the limit. */
  add(tag: string, hash: string, windowId: string, process: ProcessIdentity): KeyHolder {
    const windowLines = this.#windows.has(windowId) ? [] : [windowLine(windowId, process)];
    this.#windows.set(windowId, { process, hasLeft: this.#windows.get(windowId)?.hasLeft ?? false });
    const at = this.#now();
    const lines = [...windowLines, keyLine({ hash, windowId, at, tag, executionId: undefined })];
    return this.#set({ tag, hash, windowId, at, lines }, this.#monotonicNow() + KEPT_MS);
  }

  /** @returns the line to write; undefined if it is known already, or if the window does not have the key */
  note(hash: string, windowId: string, executionId: string): string | undefined {
    const entry = this.#find(hash);
    if (entry?.windowId !== windowId || entry.executionId === executionId) return undefined;
    entry.executionId = executionId;
    return JSON.stringify({ k: hash, x: executionId } satisfies Line);
  }

  /** @returns the line to write; undefined if the window has no keys */
  left(windowId: string): string | undefined {
    const known = this.#windows.get(windowId);
    if (known === undefined || known.hasLeft) return undefined;
    known.hasLeft = true;
    return leftLine(windowId);
  }

  processOf(windowId: string): ProcessIdentity | undefined {
    const known = this.#windows.get(windowId);
    return known?.hasLeft === false ? known.process : undefined;
  }

  /** Reads the text of a ledger. The first line of a key is valid; lines that are not complete are ignored. */
  read(text: string): void {
    for (const line of text.split("\n")) {
      const { data } = lineSchema.safeParse(parsed(line));
      if (data !== undefined) this.#apply(data);
    }
  }

  /** Returns the lines that are still needed. */
  allLines(): string[] {
    this.#removeExpired();
    const entries = [...this.#principals.values()].flatMap((keys) => [...keys.values()]);
    const used = new Set(entries.map(({ windowId }) => windowId));
    for (const windowId of this.#windows.keys()) if (!used.has(windowId)) this.#windows.delete(windowId);
    const windows = [...this.#windows].flatMap(([windowId, { process, hasLeft }]) => [
      windowLine(windowId, process),
      ...(hasLeft ? [leftLine(windowId)] : []),
    ]);
    return [...windows, ...entries.map(keyLine)];
  }

  #apply(line: Line): void {
    if ("pid" in line) {
      const { w, pid, started } = line;
      this.#windows.set(w, { process: { pid, started }, hasLeft: this.#windows.get(w)?.hasLeft ?? false });
    } else if ("left" in line) this.left(line.w);
    else if ("w" in line) this.#restore(line);
    else {
      const entry = this.#find(line.k);
      if (entry !== undefined) entry.executionId = line.x;
    }
  }

  /** The age of a key is never negative, even if the clock was set back. */
  #restore({ k: hash, w: windowId, at, p: tag = "", x }: Extract<Line, { at: number }>): void {
    const age = Math.max(0, this.#now() - at);
    if (age >= KEPT_MS || this.#find(hash) !== undefined) return;
    this.#set({ tag, hash, windowId, at, lines: [], executionId: x }, this.#monotonicNow() + KEPT_MS - age);
  }

  #set(
    key: Omit<Entry, "expiresAt" | "written" | "executionId"> & { readonly executionId?: string | undefined },
    expiresAt: number,
  ): Entry {
    const isNew = key.lines.length > 0;
    const written = isNew ? undefined : Promise.resolve();
    const entry: Entry = { ...key, executionId: key.executionId, expiresAt, written };
    const keys = this.#principals.get(key.tag) ?? new Map<string, Entry>();
    this.#principals.set(key.tag, keys);
    keys.set(key.hash, entry);
    const [oldest] = keys.keys();
    const max = key.tag === "" ? MAX_KEYS : MAX_KEYS_OF_OTHERS;
    if (keys.size > max && oldest !== undefined) keys.delete(oldest);
    return entry;
  }

  #find(hash: string): Entry | undefined {
    for (const keys of this.#principals.values()) {
      const entry = keys.get(hash);
      if (entry !== undefined) return entry;
    }
    return undefined;
  }

  #removeExpired(): void {
    const now = this.#monotonicNow();
    for (const [tag, keys] of this.#principals) {
      for (const [oldest, { expiresAt }] of keys) {
        if (expiresAt > now) break;
        keys.delete(oldest);
      }
      if (keys.size === 0) this.#principals.delete(tag);
    }
  }
}

function keyLine(entry: Pick<Entry, "hash" | "windowId" | "at" | "tag" | "executionId">): string {
  const { hash: k, windowId: w, at, tag: p, executionId: x } = entry;
  return JSON.stringify({ k, w, at, ...(p !== "" && { p }), ...(x !== undefined && { x }) } satisfies Line);
}

function windowLine(windowId: string, { pid, started }: ProcessIdentity): string {
  return JSON.stringify({ w: windowId, pid, ...(started !== undefined && { started }) } satisfies Line);
}

function leftLine(windowId: string): string {
  return JSON.stringify({ w: windowId, left: true } satisfies Line);
}

/** @returns undefined for text that is not JSON */
function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
