import { realpathSync } from "node:fs";
import type { Disposable } from "../base/disposables.ts";
import { BridgeError } from "../protocol/errors.ts";
import { bridgeStopping } from "../protocol/unavailable.ts";
import type { SessionRecord } from "../protocol/chat.ts";
import type { Turn } from "./agent.ts";
import { ProcessSlots } from "./processSlots.ts";
import { defaultRestartLimits, RestartGuard, type RestartLimits } from "./restartGuard.ts";
import { Session, type SessionAnswer } from "./session.ts";
import type { StartAgent } from "./startAgent.ts";

/** A session's address: a folder and a name in it. */
export interface SessionPlace {
  /** Absolute. Links are followed: two ways to one folder are one place. */
  readonly workspacePath: string;
  readonly name: string;
}

export interface SessionsOptions {
  readonly start: StartAgent;
  /** How many processes there may be. */
  readonly maxSessions: number;
  /** How long a process may stay without a prompt, in milliseconds. */
  readonly idleSessionMs: number;
  readonly restarts?: RestartLimits;
  /** Hears each change of a session's state. */
  readonly report: (session: Session) => void;
}

/** The name which stands for a conversation of its own. */
export const FRESH = "fresh";
export const DEFAULT_SESSION = "default";
/** Sessions without a process cost little, but a caller could invent names for ever. */
const MAX_REMEMBERED = 200;

/** All conversations with the CLI, found by folder and name. */
export class Sessions implements Disposable {
  readonly #options: SessionsOptions;
  readonly #slots: ProcessSlots;
  readonly #startGuard: RestartGuard;
  readonly #named = new Map<string, Session>();
  readonly #all = new Map<string, Session>();
  #lastNumber = 0;
  #isDisposed = false;

  constructor(options: SessionsOptions) {
    this.#options = options;
    this.#slots = new ProcessSlots(options.maxSessions);
    this.#startGuard = new RestartGuard(options.restarts ?? defaultRestartLimits);
  }

  /** How many have a process, or a place for one. */
  get live(): number {
    return this.#slots.taken;
  }

  /** Failed starts in a row, of all sessions together. */
  get failedStarts(): number {
    return this.#startGuard.crashes;
  }

  list(): SessionRecord[] {
    return [...this.#all.values()].map((session) => session.record());
  }

  /** Runs one turn in the session of that place, which is made if it is not there. `onSession` hears whose it is first. */
  async run(
    place: SessionPlace,
    prompt: string,
    turn: Turn,
    signal: AbortSignal,
    onSession: (session: Session) => void,
  ): Promise<SessionAnswer> {
    if (this.#isDisposed) throw bridgeStopping();
    const session = place.name === FRESH ? this.#create(place) : this.open(place);
    onSession(session);
    try {
      return await session.run(prompt, turn, signal);
    } finally {
      if (place.name === FRESH) void this.#remove(session);
    }
  }

  /** The session of that place, made if it is not there. It has no process before its first prompt. */
  open(place: SessionPlace): Session {
    const key = keyOf(place);
    const session = this.#named.get(key) ?? this.#create(place);
    this.#named.delete(key);
    this.#named.set(key, session);
    this.#forgetOldest(session);
    return session;
  }

  find(place: SessionPlace): Session | undefined {
    return this.#named.get(keyOf(place));
  }

  /**
   * The place that is meant: whoever has read the id of a session may send it where a name is expected. A session that has
   * this name comes first.
   * @param isFolderChosen the caller has named the folder: a session of another one is not meant
   */
  locate(place: SessionPlace, isFolderChosen: boolean): SessionPlace {
    const session = this.#all.get(place.name);
    if (session === undefined || this.find(session) !== session || this.find(place) !== undefined) return place;
    const { workspacePath, name } = session;
    return isFolderChosen && workspacePath !== realPathOf(place.workspacePath) ? place : { workspacePath, name };
  }

  /** Puts a new conversation in the place of the old one. A turn of the old one goes on to its end. */
  renew(place: SessionPlace): Session {
    const old = this.find(place);
    this.#named.delete(keyOf(place));
    this.#startGuard.succeeded();
    if (old !== undefined) void old.retire().then(() => this.#remove(old));
    return this.open(place);
  }

  /**
   * Cancels the turn of a session and ends its process. An id comes before a name.
   * @returns its id
   * @throws BridgeError NOT_FOUND; CONFLICT with `{sessionIds}` when several have this name
   */
  async close(idOrName: string): Promise<string> {
    const session = this.#all.get(idOrName) ?? this.#onlyOneNamed(idOrName);
    await this.#remove(session);
    return session.id;
  }

  async dispose(): Promise<void> {
    this.#isDisposed = true;
    await Promise.all([...this.#all.values()].map((session) => session.dispose()));
    this.#all.clear();
    this.#named.clear();
  }

  #onlyOneNamed(name: string): Session {
    const [session, ...others] = [...this.#all.values()].filter((session) => session.name === name);
    if (session === undefined) throw new BridgeError("NOT_FOUND", "There is no Kiro CLI session with this ID or name.");
    if (others.length === 0) return session;
    const sessionIds = [session, ...others].map(({ id }) => id);
    throw new BridgeError(
      "CONFLICT",
      `Several Kiro CLI sessions have this name. Use one of these IDs: ${sessionIds.join(", ")}.`,
      {
        sessionIds,
      },
    );
  }

  #create({ workspacePath, name }: SessionPlace): Session {
    const { start, idleSessionMs, restarts, report } = this.#options;
    const session = new Session({
      id: `sess-${++this.#lastNumber}`,
      name,
      workspacePath: realPathOf(workspacePath),
      start,
      slots: this.#slots,
      startGuard: this.#startGuard,
      turnGuard: new RestartGuard(restarts ?? defaultRestartLimits),
      idleMs: idleSessionMs,
      report,
    });
    this.#all.set(session.id, session);
    return session;
  }

  /** From now on the place is free; the session is forgotten when it has no process any more. */
  async #remove(session: Session): Promise<void> {
    for (const [key, other] of this.#named) if (other === session) this.#named.delete(key);
    await session.close();
    this.#all.delete(session.id);
  }

  #forgetOldest(newest: Session): void {
    if (this.#named.size <= MAX_REMEMBERED) return;
    const oldest = [...this.#named.values()].find((session) => session !== newest && session.state === "sleeping");
    if (oldest !== undefined) void this.#remove(oldest);
  }
}

/** The text that two addresses of the same session share; also the line in which its prompts wait. */
export function keyOf({ workspacePath, name }: SessionPlace): string {
  return `${realPathOf(workspacePath)}\0${name}`;
}

function realPathOf(path: string): string {
  try {
    return realpathSync.native(path);
  } catch {
    return path; // A folder that is not there: the start of the CLI will say so.
  }
}
