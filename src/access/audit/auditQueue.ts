import { ownTurn } from "../../base/ownTurn.ts";
import type { AuditEntry, ExecutionAccepted, ExecutionEnded } from "../../core/access/audit.ts";
import { type AuditBody, bodyText } from "./auditBody.ts";
import type { AuditEncoder } from "./auditEncoder.ts";

/** Maximum number of entries that are not serialized yet; they keep arguments in memory. */
const MAX_ENTRIES = 20_000;
/** Maximum weight of their arguments in characters. Further arguments have no digest. */
const MAX_WEIGHT = 32 * 1024 * 1024;
/** Maximum length of the lines that wait for the disk, in characters. */
const MAX_LENGTH = 8 * 1024 * 1024;
/** Above this length, executions and refusals are dropped, so that changes of access fit. */
const NEARLY_FULL_LENGTH = MAX_LENGTH / 2;
/** Weight of arguments in characters above which an entry is serialized in a turn of its own. */
const LARGE = 256 * 1024;
/** Number of entries that are serialized without yielding to the event loop. */
const PER_TURN = 500;
/** A smaller step of the clock backwards is smoothed. */
const CLOCK_STEP_MS = 1000;

interface Waiting {
  readonly entry: AuditEntry;
  readonly time: number;
  ended?: ExecutionEnded;
}

/** A serialized line without its link. */
interface Body {
  readonly text: string;
  /** True if its time is earlier than that of the line before, so that it must be the first of a file. */
  readonly startsFile: boolean;
}

const frequent: ReadonlySet<string> = new Set(["execution-accepted", "execution-ended", "request-refused"]);

/**
 * The entries on their way to the disk, in order. Adding one appends to a list; it is serialized later. Bounded: entries
 * beyond the limits are counted and dropped.
 */
export class AuditQueue {
  readonly #encoder: Pick<AuditEncoder, "encode">;
  #waiting: Waiting[] = [];
  /** Executions that are not serialized yet: one that ends soon has one line. */
  readonly #accepted = new Map<string, Waiting>();
  #weight = 0;
  #bodies: Body[] = [];
  #length = 0;
  #lost = 0;
  #latestTime = 0;
  #encoding: Promise<void> | undefined;

  constructor(encoder: Pick<AuditEncoder, "encode">) {
    this.#encoder = encoder;
  }

  /** Weight of the arguments that are not serialized yet, in characters. */
  get weight(): number {
    return this.#weight;
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0 && this.#bodies.length === 0;
  }

  /** True if the next line must be the first of a file. */
  get startsFile(): boolean {
    return this.#bodies[0]?.startsFile === true;
  }

  /** Returns the number of entries dropped since the last call. */
  takeLost(): number {
    const lost = this.#lost;
    this.#lost = 0;
    return lost;
  }

  /** @param time epoch milliseconds */
  add(entry: AuditEntry, time: number): void {
    if (entry.kind === "execution-ended") {
      const accepted = this.#accepted.get(entry.executionId);
      if (accepted !== undefined) {
        accepted.ended = entry;
        this.#accepted.delete(entry.executionId);
        return;
      }
    }
    if (!this.#hasRoomFor(entry)) this.#lost++;
    else if (entry.kind === "execution-accepted") this.#addAccepted(entry, time);
    else this.#waiting.push({ entry, time });
  }

  /** Adds an entry about the log itself. */
  addBody(body: AuditBody, time: number): void {
    this.#push(bodyText(body, this.#timeOf(time)));
  }

  /** Serializes what was added so far. Never rejects. */
  encode(): Promise<void> {
    return (this.#encoding ??= this.#encodeAll().finally(() => {
      this.#encoding = undefined;
    }));
  }

  /** Returns the next lines, of about this length; all of them belong into one file. They stay until `drop`. */
  next(length: number): string[] {
    const batch: string[] = [];
    let total = 0;
    for (const { text, startsFile } of this.#bodies) {
      if (batch.length > 0 && (startsFile || total + text.length > length)) break;
      batch.push(text);
      total += text.length;
    }
    return batch;
  }

  /** Removes the first lines. */
  drop(count: number): void {
    for (const { text } of this.#bodies.splice(0, count)) this.#length -= text.length;
  }

  #addAccepted(entry: ExecutionAccepted, time: number): void {
    const isTooMuch = this.#weight > 0 && this.#weight + entry.weight > MAX_WEIGHT;
    const waiting: Waiting = { entry: isTooMuch ? { ...entry, args: [], params: undefined, weight: 0 } : entry, time };
    if (!isTooMuch) this.#weight += entry.weight;
    this.#accepted.set(entry.executionId, waiting);
    this.#waiting.push(waiting);
  }

  async #encodeAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const waiting = this.#waiting;
      this.#waiting = [];
      this.#accepted.clear();
      this.#weight = 0;
      for (const [at, one] of waiting.entries()) {
        const isLarge = one.entry.kind === "execution-accepted" && one.entry.weight > LARGE;
        if (isLarge || at % PER_TURN === PER_TURN - 1) await ownTurn();
        const unfinished = this.#encodeOne(one);
        if (unfinished !== undefined) await unfinished;
      }
    }
  }

  #encodeOne({ entry, time, ended }: Waiting): Promise<void> | undefined {
    // Arguments that cannot be serialized must not end the log.
    const lose = (): void => void this.#lost++;
    try {
      const whole = ended === undefined || entry.kind !== "execution-accepted" ? entry : { ...entry, ended };
      this.#checkClock(time);
      const text = this.#encoder.encode(whole, this.#timeOf(time));
      if (typeof text !== "string") return text.then((later) => this.#push(later), lose);
      this.#push(text);
    } catch {
      lose();
    }
    return undefined;
  }

  /** Times never decrease within a file, so that readers can search them. */
  #checkClock(time: number): void {
    const ms = this.#latestTime - time;
    if (ms < CLOCK_STEP_MS) return;
    this.#latestTime = 0;
    this.#push(bodyText({ kind: "clock-moved-back", ms }, this.#timeOf(time)), true);
  }

  #timeOf(time: number): number {
    this.#latestTime = Math.max(this.#latestTime, time);
    return this.#latestTime;
  }

  #push(text: string, startsFile = false): void {
    this.#bodies.push({ text, startsFile });
    this.#length += text.length;
  }

  #hasRoomFor(entry: AuditEntry): boolean {
    if (!frequent.has(entry.kind)) return this.#length < MAX_LENGTH;
    return this.#waiting.length < MAX_ENTRIES && this.#length < NEARLY_FULL_LENGTH;
  }
}
