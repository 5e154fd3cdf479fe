import { Redactor } from "../../../../src/core/privacy/redactor.ts";
import { type Logger, silentLogger } from "../../../../src/base/logger.ts";
import { Journal } from "../../../../src/history/journal/journal.ts";
import { type CreateSegment, JournalSegment, type Segment } from "../../../../src/history/journal/journalSegment.ts";
import type { Core } from "../../../support/core.ts";
import { journalDefaults, makeCore } from "../../../support/core.ts";
import { FakeAgent, FakeEditor } from "../../../support/fakePorts.ts";
import { HistoryWindows } from "../../../support/historyWindows.ts";

/** Windows that share one history, journals that write to files which fail as a test wants, and what is logged meanwhile. */
export class FailingJournals {
  readonly windows: HistoryWindows;
  readonly logged: [text: string, facts?: unknown][] = [];
  readonly logger: Logger;
  readonly #journals: Journal[] = [];

  static async create(): Promise<FailingJournals> {
    return new FailingJournals(await HistoryWindows.create());
  }

  private constructor(windows: HistoryWindows) {
    this.windows = windows;
    const log = (text: string, facts?: unknown): void => void this.logged.push([text, facts]);
    this.logger = { ...silentLogger, warn: log, info: log };
  }

  texts(): string[] {
    return this.logged.map(([text]) => text);
  }

  /** A core whose journal writes to files of this kind. */
  async open(createSegment: CreateSegment): Promise<{ core: Core; journal: Journal }> {
    const core = makeCore({ editor: new FakeEditor({ echo: (value) => value }), agent: new FakeAgent() });
    await core.catalog.refresh();
    const deps = { ...core, isKnownCommand: () => true, redactor: new Redactor(), createSegment };
    const options = {
      ...journalDefaults,
      folder: this.windows.folder,
      maxBytes: 200 * 1024 * 1024,
      logger: this.logger,
    };
    const journal = new Journal(deps, options);
    this.#journals.push(journal);
    return { core, journal };
  }

  async dispose(): Promise<void> {
    for (const journal of this.#journals.splice(0)) await journal.dispose();
    await this.windows.dispose();
  }
}

/** Real files until `fails` says otherwise. */
export const failing =
  (fails: () => ((segment: Segment, bytes: Uint8Array) => Promise<void>) | undefined): CreateSegment =>
  async (folder) => {
    const segment = await JournalSegment.create(folder);
    return {
      path: segment.path,
      startedAt: segment.startedAt,
      get size() {
        return segment.size;
      },
      append: (bytes) => (fails() ?? ((file, all) => file.append(all)))(segment, bytes),
      isGone: () => segment.isGone(),
      touch: () => segment.touch(),
      close: () => segment.close(),
    };
  };
