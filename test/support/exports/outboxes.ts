import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { silentLogger } from "../../../src/base/logger.ts";
import type { ContentLevel, Fact, RunSummary } from "../../../src/exports/outbox/fact.ts";
import { openOutbox, type Outbox, type OutboxOptions } from "../../../src/exports/outbox/outbox.ts";
import type { OutboxReader, ReaderOptions } from "../../../src/exports/outbox/outboxReader.ts";
import type { BridgeEvent, EventPayload } from "../../../src/protocol/events.ts";
import { removeFolder, temporaryFolder } from "../temporaryFolder.ts";

const all: ReaderOptions = { wants: () => true, level: "all" };
const everything = { maxFacts: 1_000_000, maxLength: 1_000_000_000 };

/** The summary of a run that has just started. */
export function summary(executionId: string, more: Partial<RunSummary> = {}): RunSummary {
  return {
    executionId,
    sequence: 1,
    status: "running",
    command: "test.echo",
    target: "editor",
    windowId: "w1",
    principalId: "owner",
    origin: "program",
    via: undefined,
    queuedAt: 1,
    startedAt: 2,
    completedAt: undefined,
    sessionId: undefined,
    exitCode: undefined,
    stopReason: undefined,
    errorCode: undefined,
    cause: undefined,
    outputLength: 0,
    isOutputTruncated: false,
    questions: 0,
    ...more,
  };
}

/** Outboxes of windows in one folder, and the facts that they are given. */
export class Outboxes {
  readonly folder: string;
  readonly #open: Outbox[] = [];
  #events = 0;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async create(): Promise<Outboxes> {
    const folder = join(await temporaryFolder(), "outbox");
    await mkdir(folder);
    return new Outboxes(folder);
  }

  /** Opens the outbox of a window. */
  async open(windowId = "w1", options: Partial<OutboxOptions> = {}): Promise<Outbox> {
    const outbox = await openOutbox({
      folder: this.folder,
      windowId,
      epoch: `epoch${this.#open.length}`,
      logger: silentLogger,
      ...options,
    });
    this.#open.push(outbox);
    return outbox;
  }

  /** Opens a reader of everything. */
  reader(outbox: Outbox, name = "first", options: Partial<ReaderOptions> = {}): Promise<OutboxReader> {
    return outbox.reader(name, { ...all, ...options });
  }

  /** Offers a fact, and returns it. */
  offer(outbox: Outbox, payload: EventPayload, run?: RunSummary, isUrgent = true): Fact {
    const number = ++this.#events;
    const event: BridgeEvent = {
      ...payload,
      eventId: number,
      windowEventId: number,
      timestamp: new Date(number).toISOString(),
      windowId: "w1",
    };
    const fact = { id: `${outbox.id}-${number}`, at: number, event, ...(run && { run }) };
    const seal = (sealed: Fact, _level: ContentLevel): Fact => sealed;
    outbox.offer({ fact, seal, isNeeded: run !== undefined, isUrgent });
    return fact;
  }

  start(outbox: Outbox, executionId: string): Fact {
    return this.offer(
      outbox,
      { type: "command-started", executionId, command: "test.echo", args: ["a"] },
      summary(executionId),
    );
  }

  end(outbox: Outbox, executionId: string, output = "done"): Fact {
    return this.offer(
      outbox,
      { type: "command-completed", executionId, success: true, output, executionTimeMs: 1 },
      summary(executionId, { sequence: 2, status: "completed", completedAt: 3 }),
    );
  }

  /** Names of all files, with their folders. */
  async files(): Promise<string[]> {
    const entries = await readdir(this.folder, { recursive: true, withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  }

  async close(): Promise<void> {
    for (const outbox of this.#open) await outbox.dispose();
  }

  async dispose(): Promise<void> {
    await this.close();
    await removeFolder(join(this.folder, ".."));
  }
}

/** Reads everything that there is. */
export async function readAll(reader: OutboxReader): Promise<Fact[]> {
  const facts: Fact[] = [];
  for (let next = await reader.next(everything); next.length > 0; next = await reader.next(everything)) {
    facts.push(...next);
  }
  return facts;
}

export function idsOf(facts: readonly Fact[]): string[] {
  return facts.map(({ id }) => id);
}
