import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Clock, systemClock } from "../../../src/base/clock.ts";
import { silentLogger } from "../../../src/base/logger.ts";
import type { ConversationPlace } from "../../../src/agents/engines/ports.ts";
import type { ConversationLimits } from "../../../src/agents/models/memory/conversationFolder.ts";
import { StoredConversations } from "../../../src/agents/models/memory/conversationStore.ts";
import type { ConversationItem } from "../../../src/core/models/step.ts";
import { Redactor } from "../../../src/core/privacy/redactor.ts";
import { removeFolder, temporaryFolder } from "../temporaryFolder.ts";

export const place: ConversationPlace = {
  engineId: "scripted",
  workspacePath: "/work/project",
  name: "default",
  ownerId: undefined,
};

const generous: ConversationLimits = { maxBytes: 100_000_000, maxAgeMs: 24 * 60 * 60 * 1000 };

interface OpenOptions {
  readonly limits?: Partial<ConversationLimits>;
  readonly clock?: Clock;
  readonly redactor?: Redactor;
}

/** A folder, and the stores of conversations that a test opens there, each as a window has it. */
export class Conversations {
  readonly folder: string;
  /** The texts of warnings and errors of all stores. */
  readonly warnings: string[] = [];
  readonly #stores: StoredConversations[] = [];

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async create(): Promise<Conversations> {
    return new Conversations(join(await temporaryFolder(), "conversations"));
  }

  window({ limits, clock = systemClock, redactor = new Redactor() }: OpenOptions = {}): StoredConversations {
    const warn = (text: string): void => void this.warnings.push(text);
    const logger = { ...silentLogger, warn, error: warn };
    const { folder } = this;
    const store = new StoredConversations({
      folder,
      limits: { ...generous, ...limits },
      redactor,
      clock,
      logger,
    });
    this.#stores.push(store);
    return store;
  }

  /** Returns the paths of the conversations. */
  async files(): Promise<readonly string[]> {
    const names = await readdir(this.folder);
    return names.filter((name) => name.endsWith(".jsonl")).map((name) => join(this.folder, name));
  }

  /** Returns the text of all conversations. */
  async text(): Promise<string> {
    const texts = await Promise.all((await this.files()).map((path) => readFile(path, "utf8")));
    return texts.join("");
  }

  /** A folder with the same conversation as it would be after kill -9, with the first bytes of its file. */
  async crashed(bytes?: number): Promise<Conversations> {
    const [path = ""] = await this.files();
    const content = await readFile(path);
    const other = await Conversations.create();
    await mkdir(other.folder);
    await writeFile(join(other.folder, path.slice(this.folder.length + 1)), content.subarray(0, bytes));
    return other;
  }

  async dispose(): Promise<void> {
    for (const store of this.#stores) await store.dispose();
    await removeFolder(join(this.folder, ".."));
  }
}

export function userItem(text: string): ConversationItem {
  return { role: "user", content: [{ type: "text", text }] };
}

export function answerItem(text: string): ConversationItem {
  return { role: "assistant", parts: [{ type: "text", text }] };
}

/** A step that calls tools by these IDs. */
export function callItem(...ids: readonly string[]): ConversationItem {
  return {
    role: "assistant",
    parts: ids.map((id) => ({ type: "call", id, name: "look", arguments: `{"id":"${id}"}` })),
  };
}

export function resultItem(text: string, ...ids: readonly string[]): ConversationItem {
  const results = ids.map((callId) => ({
    callId,
    name: "look",
    content: [{ type: "text" as const, text }],
    isError: false,
  }));
  return { role: "results", results };
}

/**
 * Describes what a vendor would reject, or returns undefined: each call has one result in the next item, and no result is
 * without its call.
 */
export function problemOf(items: readonly ConversationItem[]): string | undefined {
  for (const [at, item] of items.entries()) {
    const next = items[at + 1];
    const calls = item.role === "assistant" ? item.parts.filter(({ type }) => type === "call") : [];
    const ids = calls.map((call) => ("id" in call ? call.id : ""));
    const found = next?.role === "results" ? next.results.map(({ callId }) => callId) : [];
    if (ids.join(" ") !== found.join(" ")) return `item ${at} calls [${ids.join()}], and has results [${found.join()}]`;
  }
  return items[0]?.role === "results" ? "results without a call" : undefined;
}
