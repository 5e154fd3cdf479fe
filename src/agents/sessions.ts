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

/** The address of a session: a folder and a name. */
export interface SessionPlace {
  /** Absolute. Links are resolved, so that two paths of a folder are the same. */
  readonly workspacePath: string;
  readonly name: string;
}

export interface SessionsOptions {
  readonly start: StartAgent;
  /** Maximum number of processes. */
  readonly maxSessions: number;
  /** Time in milliseconds after which an idle process is ended. */
  readonly idleSessionMs: number;
  readonly restarts?: RestartLimits;
  /** Called for each change of a session's state. */
  readonly report: (session: Session) => void;
}

/** The name of a session for a single turn. */
export const FRESH = "fresh";
export const DEFAULT_SESSION = "default";
/** Maximum number of sessions without a process. They are cheap, but clients could invent names endlessly. */
const MAX_REMEMBERED = 200;

/** All sessions with the CLI, by folder and name. */
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

  /** Number of sessions with a process or a slot. */
  get live(): number {
    return this.#slots.taken;
  }

  /** Failed starts in a row, over all sessions. */
  get failedStarts(): number {
    return this.#startGuard.crashes;
  }

  list(): SessionRecord[] {
    return [...this.#all.values()].map((session) => session.record());
  }

  /** Runs one turn in a session, which is created if necessary. Calls `onSession` first. */
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

  /** Returns a session, creating it if necessary. A new one has no process before its first prompt. */
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
   * Resolves the address in a request, in which the name may also be the ID of a session. A session with that name
   * takes precedence.
   * @param isFolderChosen true if the request names the folder, so that sessions of other folders are not considered
   */
  locate(place: SessionPlace, isFolderChosen: boolean): SessionPlace {
    const session = this.#all.get(place.name);
    if (session === undefined || this.find(session) !== session || this.find(place) !== undefined) return place;
    const { workspacePath, name } = session;
    return isFolderChosen && workspacePath !== realPathOf(place.workspacePath) ? place : { workspacePath, name };
  }

  /** Replaces a session by a new conversation. A running turn of the old one continues to its end. */
  renew(place: SessionPlace): Session {
    const old = this.find(place);
    this.#named.delete(keyOf(place));
    this.#startGuard.succeeded();
    if (old !== undefined) void old.retire().then(() => this.#remove(old));
    return this.open(place);
  }

  /**
   * Cancels the turn of a session and ends its process. IDs take precedence over names.
   * @returns its ID
   * @throws BridgeError NOT_FOUND; CONFLICT with `{sessionIds}` if several have this name
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

  /** Releases the address at once; the session is removed when its process has ended. */
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

/** Returns the key of an address, which also names the lane of its prompts. */
export function keyOf({ workspacePath, name }: SessionPlace): string {
  return `${realPathOf(workspacePath)}\0${name}`;
}

function realPathOf(path: string): string {
  try {
    return realpathSync.native(path);
  } catch {
    return path; // The folder does not exist, which the start of the CLI reports.
  }
}
