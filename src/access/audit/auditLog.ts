import { within } from "../../base/deadline.ts";
import { type Disposable, DisposableStore } from "../../base/disposables.ts";
import type { Logger } from "../../base/logger.ts";
import type { AuditEntry, AuditSink } from "../../core/access/audit.ts";
import { principalRef } from "../../core/access/principal.ts";
import { type BridgeError, messageOf } from "../../protocol/errors.ts";
import { AuditEncoder, type AuditEncoderDeps, type AuditEncoderOptions } from "./auditEncoder.ts";
import { AuditFiles, type AuditFilesOptions } from "./auditFiles.ts";
import { AuditQueue } from "./auditQueue.ts";
import { DigestKey } from "./digestKey.ts";
import { RefusalLimit } from "./refusalLimit.ts";

/** Maximum delay of a line in milliseconds; a killed process loses the lines of this period. */
const FLUSH_MS = 100;
/** Delay in milliseconds before writing is retried after a disk error. */
const RETRY_MS = 1000;
const UPKEEP_MS = 60 * 60 * 1000;
/** Timeout in milliseconds for the last lines. */
const LAST_FLUSH_MS = 1000;
const LAST_LOCK_MS = 500;
/** Approximate length of a batch in characters. */
const BATCH_LENGTH = 256 * 1024;
/** Weight of arguments in characters above which they are serialized at once. */
const HEAVY = 4 * 1024 * 1024;

const recorded: ReadonlySet<string> = new Set(["AUTHENTICATION_FAILED", "ACCESS_DENIED", "RATE_LIMIT_EXCEEDED"]);

export interface AuditLogOptions extends AuditFilesOptions, AuditEncoderOptions {}

export interface AuditLogDeps extends Pick<AuditEncoderDeps, "mask"> {
  readonly logger: Logger;
}

/**
 * Writes the audit log of this window: chained lines in files of its own (docs/audit.md). A caller only appends to a
 * bounded queue. A disk error is logged once, what does not fit into the queue is counted, and the count is written when
 * the disk is available again.
 */
export class AuditLog implements AuditSink, Disposable {
  readonly #logger: Logger;
  readonly #files: AuditFiles;
  readonly #queue: AuditQueue;
  readonly #store = new DisposableStore();
  readonly #refusals = new RefusalLimit();
  readonly #refused = new WeakSet<BridgeError>();
  #summary: NodeJS.Timeout | undefined;
  #timer: NodeJS.Timeout | undefined;
  #work: Promise<void> = Promise.resolve();
  #isFailing = false;
  #hasEnded = false;

  constructor({ logger, mask }: AuditLogDeps, options: AuditLogOptions) {
    this.#logger = logger;
    const key = new DigestKey(options.folder);
    this.#files = new AuditFiles(options);
    this.#queue = new AuditQueue(new AuditEncoder({ digest: () => key.digest(), mask }, options));
    this.#store.defer(() => this.#end());
    const upkeep = setInterval(() => void this.#enqueue(() => this.#files.maintain()), UPKEEP_MS);
    upkeep.unref();
    this.#store.defer(() => clearInterval(upkeep));
  }

  note(entry: AuditEntry): void {
    if (this.#hasEnded) return;
    if (entry.kind === "request-refused" && !this.#admits(entry)) return;
    this.#queue.add(entry, Date.now());
    if (this.#queue.weight > HEAVY) void this.#queue.encode();
    this.#flushSoon(this.#isFailing ? RETRY_MS : FLUSH_MS);
  }

  /** Resolves when all entries so far are written or have failed. Never rejects. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.#queue.encode();
    await this.#enqueue(() => this.#write());
  }

  async dispose(): Promise<void> {
    await this.#store.dispose();
  }

  /** @returns false for an error that has an entry already, and for one too many of its kind */
  #admits(entry: Extract<AuditEntry, { kind: "request-refused" }>): boolean {
    if (!recorded.has(entry.error.code) || this.#refused.has(entry.error)) return false;
    this.#refused.add(entry.error);
    const now = performance.now();
    const isAdmitted = this.#refusals.admit(entry, now);
    this.#summary ??= setTimeout(() => this.#summarize(), this.#refusals.remainingMs(now)).unref();
    return isAdmitted;
  }

  #summarize(): void {
    clearTimeout(this.#summary);
    this.#summary = undefined;
    for (const { code, by, count } of this.#refusals.next()) {
      const principal = by === undefined ? {} : { principal: principalRef(by) };
      this.#queue.addBody({ kind: "requests-refused", ...principal, code, count }, Date.now());
    }
    this.#flushSoon(FLUSH_MS);
  }

  #flushSoon(ms: number): void {
    if (!this.#hasEnded) this.#timer ??= setTimeout(() => void this.flush(), ms);
  }

  /** Serializes the work. Never rejects: an error is logged once, until the work succeeds again. */
  #enqueue(work: () => Promise<void>): Promise<void> {
    this.#work = this.#work.then(work).then(
      () => this.#reportFailure(undefined),
      (error: unknown) => {
        this.#reportFailure(error);
        if (!this.#queue.isEmpty) this.#flushSoon(RETRY_MS);
      },
    );
    return this.#work;
  }

  #reportFailure(error: unknown): void {
    const isFailing = error !== undefined;
    if (isFailing === this.#isFailing) return;
    this.#isFailing = isFailing;
    if (isFailing) this.#logger.warn("The audit log could not be written", { error: messageOf(error) });
    else this.#logger.info("The audit log can be written again");
  }

  async #write(): Promise<void> {
    for (let batch = this.#queue.next(BATCH_LENGTH); batch.length > 0; batch = this.#queue.next(BATCH_LENGTH)) {
      await this.#files.append(batch, this.#queue.startsFile);
      this.#queue.drop(batch.length);
    }
    const count = this.#queue.takeLost();
    if (count === 0) return;
    this.#logger.warn("The audit log has a gap because the disk was unavailable or too slow", { entries: count });
    this.#queue.addBody({ kind: "entries-lost", count }, Date.now());
    await this.#write();
  }

  async #end(): Promise<void> {
    if (this.#summary !== undefined) this.#summarize();
    this.#hasEnded = true;
    const closed = this.flush().then(() => this.#enqueue(() => this.#files.close(LAST_LOCK_MS)));
    await within(closed, LAST_FLUSH_MS, undefined);
    if (!this.#queue.isEmpty) this.#logger.warn("The last entries of the audit log could not be written");
  }
}
