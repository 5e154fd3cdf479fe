import type { Clock } from "../../../base/clock.ts";
import type { Disposable } from "../../../base/disposables.ts";
import { Emitter } from "../../../base/events.ts";
import type { Logger } from "../../../base/logger.ts";
import { SerialQueue } from "../../../base/serialQueue.ts";
import { owner } from "../../../core/access/principal.ts";
import type { EngineUsage } from "../../../protocol/agents/engineUsage.ts";
import { BridgeError, messageOf } from "../../../protocol/errors.ts";
import type { EngineSettings } from "../engineSettings.ts";
import type { UsageEntry, UsageLedger } from "../ports.ts";
import { dayOf, midnightAfter } from "./usageDay.ts";
import { usageOverview } from "./usageOverview.ts";
import { UsageFiles } from "./usageFiles.ts";
import { type UsageRecord, usageRecordOf } from "./usageRecord.ts";
import { sumOf, tokensOf, UsageTotals } from "./usageTotals.ts";

/** Pause in milliseconds between two writes, in which records are summed. */
const PAUSE_MS = 1000;
/** The same for a window that has written a lot today. */
const LONG_PAUSE_MS = 60_000;
const LARGE_FILE = 8 * 1024 * 1024;

export interface DailyLedgerDeps {
  readonly engines: readonly EngineSettings[];
  /** Shared by all windows. Undefined to count this window alone. */
  readonly folder: string | undefined;
  readonly windowId: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The time of day. */
  readonly now?: () => Date;
}

/** A daily limit, and how far it is used. */
interface Limit {
  readonly name: "maxDailyTokens" | "maxDailyCost" | "maxDailyTokensPerClient";
  readonly limit: number;
  readonly used: number;
  readonly unit: string;
}

/**
 * Counts what engines have used since midnight. What this window uses is counted at once; what others use, when they have
 * written it, about a second later.
 */
export class DailyLedger implements UsageLedger, Disposable {
  readonly #deps: DailyLedgerDeps;
  readonly #engines: ReadonlyMap<string, EngineSettings>;
  readonly #files: UsageFiles | undefined;
  readonly #queue = new SerialQueue();
  readonly #recorded = new Emitter<UsageEntry>();
  #today: { readonly day: string; readonly totals: UsageTotals };
  /** By day. */
  readonly #unwritten = new Map<string, UsageTotals>();
  #writing: Disposable | undefined;
  #isFailing = false;

  /** Fires for each step of this window. */
  readonly onDidRecord = this.#recorded.event;

  constructor(deps: DailyLedgerDeps) {
    this.#deps = deps;
    this.#engines = new Map(deps.engines.map((engine) => [engine.id, engine]));
    this.#files = deps.folder === undefined ? undefined : new UsageFiles(deps.folder);
    this.#today = { day: dayOf(this.#now()), totals: new UsageTotals() };
  }

  async assertWithin(engineId: string, principalId: string): Promise<void> {
    const { maxDailyTokens, maxDailyCost, maxDailyTokensPerClient } = this.#engines.get(engineId)?.limits ?? {};
    if ((maxDailyTokens ?? maxDailyCost ?? maxDailyTokensPerClient) === undefined) return;
    await this.#refresh();
    const reached = this.#limitsOf(engineId, principalId).find(({ limit, used }) => used >= limit);
    if (reached !== undefined) throw this.#reachedError(engineId, reached);
  }

  record(entry: UsageEntry): void {
    this.#turnDay();
    const currency = this.#engines.get(entry.engineId)?.prices?.currency;
    const record = usageRecordOf(entry, this.#deps.windowId, currency);
    this.#today.totals.add(record);
    this.#keep(this.#today.day, [record]);
    this.#writeSoon();
    this.#recorded.fire(entry);
  }

  /** Returns what all windows have used today. */
  async overview(): Promise<EngineUsage> {
    await this.#refresh();
    const now = this.#now();
    return usageOverview(this.#today.totals.rows, {
      day: this.#today.day,
      resetsAt: midnightAfter(now),
      engines: this.#deps.engines,
    });
  }

  /** Writes what is not written yet. */
  async dispose(): Promise<void> {
    this.#recorded.dispose();
    void this.#writing?.dispose();
    await this.#write();
    await this.#files?.close();
  }

  #limitsOf(engineId: string, principalId: string): readonly Limit[] {
    const { limits, prices } = this.#engines.get(engineId) ?? {};
    const { maxDailyTokens, maxDailyCost, maxDailyTokensPerClient } = limits ?? {};
    const rows = this.#today.totals.rows.filter(({ engine }) => engine === engineId);
    const sum = sumOf(rows, prices?.currency);
    const own = sumOf(
      rows.filter(({ principal }) => principal === principalId),
      undefined,
    );
    const found: Limit[] = [];
    if (maxDailyTokens !== undefined) {
      found.push({ name: "maxDailyTokens", limit: maxDailyTokens, used: tokensOf(sum), unit: "tokens" });
    }
    if (maxDailyCost !== undefined) {
      found.push({ name: "maxDailyCost", limit: maxDailyCost, used: sum.cost ?? 0, unit: prices?.currency ?? "" });
    }
    if (maxDailyTokensPerClient !== undefined && principalId !== owner.id) {
      const used = tokensOf(own);
      found.push({ name: "maxDailyTokensPerClient", limit: maxDailyTokensPerClient, used, unit: "tokens" });
    }
    return found;
  }

  #reachedError(engineId: string, { name, limit, used, unit }: Limit): BridgeError {
    const now = this.#now();
    const resetsAt = midnightAfter(now);
    const whose = name === "maxDailyTokensPerClient" ? "this client's daily limit" : "its daily limit";
    const error = new BridgeError(
      "RATE_LIMIT_EXCEEDED",
      `The engine '${engineId}' has reached ${whose} of ${limit} ${unit} (${name}). It is available again after midnight, or with a higher limit in kiroBridge.engines.`,
      { engine: engineId, limitName: name, limit, used, resetsAt: resetsAt.toISOString() },
    );
    error.retryAfterSeconds = Math.max(1, Math.ceil((resetsAt.getTime() - now.getTime()) / 1000));
    return error;
  }

  /** Adds what other windows have written. */
  #refresh(): Promise<void> {
    return this.#queue.run(async () => {
      this.#turnDay();
      const { day, totals } = this.#today;
      try {
        for (const record of (await this.#files?.readOthers(day)) ?? []) totals.add(record);
      } catch (error) {
        this.#reportFailure(error);
      }
    });
  }

  #turnDay(): void {
    const day = dayOf(this.#now());
    if (day !== this.#today.day) this.#today = { day, totals: new UsageTotals() };
  }

  #writeSoon(): void {
    const files = this.#files;
    if (files === undefined || this.#writing !== undefined) return;
    void this.#write();
    const pauseMs = files.size > LARGE_FILE ? LONG_PAUSE_MS : PAUSE_MS;
    this.#writing = this.#deps.clock.after(pauseMs, () => {
      this.#writing = undefined;
      if (this.#unwritten.size > 0) this.#writeSoon();
    });
  }

  #write(): Promise<void> {
    return this.#queue.run(async () => {
      for (const [day, { rows }] of this.#unwritten) {
        this.#unwritten.delete(day);
        try {
          await this.#files?.append(day, rows);
          this.#isFailing = false;
        } catch (error) {
          this.#keep(day, rows);
          this.#reportFailure(error);
          return;
        }
      }
    });
  }

  #keep(day: string, records: readonly UsageRecord[]): void {
    const kept = this.#unwritten.get(day) ?? new UsageTotals();
    this.#unwritten.set(day, kept);
    for (const record of records) kept.add(record);
  }

  /** Logs the first failure of several. */
  #reportFailure(error: unknown): void {
    if (!this.#isFailing)
      this.#deps.logger.warn("The usage of engines is not shared with other windows", { error: messageOf(error) });
    this.#isFailing = true;
  }

  #now(): Date {
    return this.#deps.now?.() ?? new Date();
  }
}
