import { realpathSync } from "node:fs";
import type { Disposable } from "../base/disposables.ts";
import type { HeldTurn } from "../core/executions/heldTurn.ts";
import { BridgeError } from "../protocol/errors.ts";
import { bridgeStopping } from "../protocol/unavailable.ts";
import type { SessionRecord } from "../protocol/chat.ts";
import type { GivenTurn } from "./agent.ts";
import { ProcessSlots } from "./processSlots.ts";
import { defaultRestartLimits, RestartGuard, type RestartLimits } from "./restartGuard.ts";
import { Session } from "./session.ts";
import type { SessionFacts } from "./sessionOptions.ts";
import type { SessionAnswer } from "./sessionAnswer.ts";
import type { StartAgent } from "./startAgent.ts";

/** The address of a session: a folder, a name, and the principal that it belongs to. */
export interface SessionPlace {
  /** Absolute. Links are resolved, so that two paths of a folder are the same. */
  readonly workspacePath: string;
  readonly name: string;
  /** Undefined for a shared session. The sessions of a principal are a space of their own, in which it sees no others. */
  readonly ownerId?: string | undefined;
}

export interface SessionsOptions {
  /** The name of the agent, for people. */
  readonly agent: string;
  /** The beginning of the IDs of sessions, unique in this window. */
  readonly idPrefix: string;
  readonly start: StartAgent;
  /** Maximum number of processes. */
  readonly maxSessions: number;
  /** Time in milliseconds after which an idle process is ended. */
  readonly idleSessionMs: number;
  readonly restarts?: RestartLimits;
  /** Called for each change of a session's state. */
  readonly report: (session: SessionFacts) => void;
}

/** The name of a session for a single turn. */
export const FRESH = "fresh";
export const DEFAULT_SESSION = "default";
/** Maximum number of sessions of each owner without a process. They are cheap, but clients could invent names endlessly. */
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
    this.#slots = new ProcessSlots(options.maxSessions, options.agent);
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

  /** @param ownerId the principal whose sessions are listed; undefined: all sessions */
  list(ownerId?: string): SessionRecord[] {
    return this.#visibleTo(ownerId).map((session) => session.record());
  }

  /** Runs one turn in a session, which is created if necessary. Calls `onSession` first. */
  async run(
    place: SessionPlace,
    prompt: string | HeldTurn,
    turn: GivenTurn,
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
    return this.#use(key, this.#named.get(key) ?? this.#create(place));
  }

  find(place: SessionPlace): Session | undefined {
    return this.#named.get(keyOf(place));
  }

  /**
   * Resolves the address in a request, in which the name may also be the ID of a session. A session with that name
   * takes precedence.
   * @param place with the owner that asks, who does not find the sessions of others
   * @param isFolderChosen true if the request names the folder, so that sessions of other folders are not considered
   */
  locate(place: SessionPlace, isFolderChosen: boolean): SessionPlace {
    const session = this.#known(place.name, place.ownerId);
    if (session === undefined || this.find(session) !== session || this.find(place) !== undefined) return place;
    const { workspacePath, name, ownerId } = session;
    if (isFolderChosen && workspacePath !== realPathOf(place.workspacePath)) return place;
    return { workspacePath, name, ...(ownerId !== undefined && { ownerId }) };
  }

  /** Replaces a session by a new conversation. A running turn of the old one continues to its end; then it is forgotten. */
  renew(place: SessionPlace): Session {
    const old = this.find(place);
    this.#named.delete(keyOf(place));
    this.#startGuard.succeeded();
    if (old !== undefined) void old.retire().then(() => this.#forget(old));
    return this.#use(keyOf(place), this.#create(place, true));
  }

  /**
   * Cancels the turn of a session, ends its process and forgets its conversation. IDs take precedence over names.
   * @param ownerId the principal whose sessions are considered; undefined: all sessions, shared ones first
   * @returns its ID
   * @throws BridgeError NOT_FOUND; CONFLICT with `{sessionIds}` if several have this name
   */
  async close(idOrName: string, ownerId?: string): Promise<string> {
    const session = this.#known(idOrName, ownerId) ?? this.#onlyOneNamed(idOrName, ownerId);
    await this.#forget(session);
    return session.id;
  }

  async dispose(): Promise<void> {
    this.#isDisposed = true;
    await Promise.all([...this.#all.values()].map((session) => session.dispose()));
    this.#all.clear();
    this.#named.clear();
  }

  /** Makes a session the one that was used last at its address. */
  #use(key: string, session: Session): Session {
    this.#named.delete(key);
    this.#named.set(key, session);
    this.#forgetOldest(session);
    return session;
  }

  #visibleTo(ownerId: string | undefined): Session[] {
    const all = [...this.#all.values()];
    return ownerId === undefined ? all : all.filter((session) => session.ownerId === ownerId);
  }

  /** Returns the session with this ID, if the principal may know it. */
  #known(id: string, ownerId: string | undefined): Session | undefined {
    const session = this.#all.get(id);
    return ownerId === undefined || session?.ownerId === ownerId ? session : undefined;
  }

  /** One that has lost its address, because it was replaced or is being closed, counts only if no other has this name. */
  #onlyOneNamed(name: string, ownerId: string | undefined): Session {
    const all = this.#visibleTo(ownerId).filter((session) => session.name === name);
    const current = all.filter((session) => this.find(session) === session);
    const named = current.length > 0 ? current : all;
    const shared = named.filter((session) => session.ownerId === ownerId);
    const [session, ...others] = shared.length > 0 ? shared : named;
    const { agent } = this.#options;
    if (session === undefined)
      throw new BridgeError("NOT_FOUND", `There is no session of ${agent} with this ID or name.`);
    if (others.length === 0) return session;
    const sessionIds = [session, ...others].map(({ id }) => id);
    throw new BridgeError(
      "CONFLICT",
      `Several sessions of ${agent} have this name. Use one of these IDs: ${sessionIds.join(", ")}.`,
      {
        sessionIds,
      },
    );
  }

  #create({ workspacePath, name, ownerId }: SessionPlace, isNew = false): Session {
    const { idPrefix, start, idleSessionMs, restarts, report } = this.#options;
    const session = new Session({
      id: `${idPrefix}${++this.#lastNumber}`,
      name,
      isNamed: name !== FRESH,
      isNew,
      workspacePath: realPathOf(workspacePath),
      ownerId,
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
  #remove(session: Session): Promise<void> {
    return this.#removeBy(session, () => session.close());
  }

  /** The same, when a client has asked for it. */
  #forget(session: Session): Promise<void> {
    return this.#removeBy(session, () => session.forget());
  }

  async #removeBy(session: Session, close: () => Promise<void>): Promise<void> {
    for (const [key, other] of this.#named) if (other === session) this.#named.delete(key);
    await close();
    this.#all.delete(session.id);
  }

  #forgetOldest(newest: Session): void {
    if (this.#named.size <= MAX_REMEMBERED) return;
    const ofOwner = [...this.#named.values()].filter(({ ownerId }) => ownerId === newest.ownerId);
    if (ofOwner.length <= MAX_REMEMBERED) return;
    const oldest = ofOwner.find((session) => session !== newest && session.state === "sleeping");
    if (oldest !== undefined) void this.#remove(oldest);
  }
}

/** Returns the key of an address, which also names the lane of its prompts. */
export function keyOf({ workspacePath, name, ownerId = "" }: SessionPlace): string {
  return `${realPathOf(workspacePath)}\0${name}\0${ownerId}`;
}

function realPathOf(path: string): string {
  try {
    return realpathSync.native(path);
  } catch {
    return path; // The folder does not exist, which the start of the CLI reports.
  }
}
