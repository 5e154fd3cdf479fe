import type { Logger } from "../../../base/logger.ts";
import { SerialQueue } from "../../../base/serialQueue.ts";
import type { ConversationItem } from "../../../core/models/step.ts";
import { messageOf } from "../../../protocol/errors.ts";
import type { OpenConversation } from "../../engines/ports.ts";
import type { FileClaim } from "../../../core/sharedFolder/fileClaim.ts";
import type { ConversationFile } from "./conversationFile.ts";
import { ConversationItems, type Entry } from "./conversationItems.ts";

/** Size in characters above which a conversation must be compacted. */
const FULL = 24 * 1024 * 1024;

/** The place of a conversation on the disk. */
export interface ConversationDisk {
  readonly file: ConversationFile;
  readonly claim: FileClaim;
  readonly logger: Logger;
}

export interface ConversationOptions {
  readonly entries?: readonly Entry[];
  /** True if the file is not as the entries are, and must be written as a whole. */
  readonly isBehind?: boolean;
  readonly isHeldElsewhere?: boolean;
  /** Called once when the conversation is no longer kept on the disk. */
  readonly onDidDetach?: () => void;
  /** Removes the file of a conversation that is no longer open. */
  readonly removeClosed?: () => Promise<void>;
}

/** A conversation in memory, and on the disk unless it is temporary. */
export class Conversation implements OpenConversation {
  readonly isResumed: boolean;
  readonly isHeldElsewhere: boolean;
  readonly #items: ConversationItems;
  readonly #queue = new SerialQueue();
  readonly #onDidDetach: () => void;
  readonly #removeClosed: () => Promise<void>;
  #disk: ConversationDisk | undefined;
  /** Number of entries in the file. */
  #written: number;
  #isBehind: boolean;

  /** @param disk undefined for a conversation that ends with its agent */
  constructor(disk: ConversationDisk | undefined, options: ConversationOptions = {}) {
    const { entries = [], isBehind = true, isHeldElsewhere = false } = options;
    this.#items = new ConversationItems(entries);
    this.isResumed = entries.length > 0;
    this.isHeldElsewhere = isHeldElsewhere;
    this.#disk = disk;
    this.#written = entries.length;
    this.#isBehind = isBehind;
    this.#onDidDetach = options.onDidDetach ?? (() => undefined);
    this.#removeClosed = options.removeClosed ?? (() => Promise.resolve());
  }

  get items(): readonly ConversationItem[] {
    return this.#items.items;
  }

  get turns(): number {
    return this.#items.turns;
  }

  get isFull(): boolean {
    return this.#items.weight > FULL;
  }

  append(item: ConversationItem, executionId: string): Promise<void> {
    this.#items.add(item, executionId);
    return this.save();
  }

  rewrite(earlier: readonly ConversationItem[], kept: number): Promise<void> {
    this.#items.rewrite(earlier, kept);
    this.#isBehind = true;
    return this.save();
  }

  /** Writes what is not written yet. Never rejects: after a failure, everything is written with the next item. */
  save(): Promise<void> {
    return this.#queue.run(() => this.#save());
  }

  async forget(): Promise<void> {
    this.#items.clear();
    const wasOpen = await this.#detach(async ({ file, claim }) => {
      if (!(await claim.isLost())) await file.remove();
    });
    if (!wasOpen) await this.#removeClosed();
  }

  async dispose(): Promise<void> {
    if (this.#isBehind) await this.save();
    await this.#detach(() => Promise.resolve());
  }

  /** Tells other processes that this one still has the conversation. */
  async touch(): Promise<void> {
    await this.#disk?.claim.touch();
  }

  async #save(): Promise<void> {
    const disk = this.#disk;
    if (disk === undefined) return;
    const { entries } = this.#items;
    // Entries may be added while these are written.
    const end = entries.length;
    if (!this.#isBehind && end === this.#written) return;
    try {
      const loss = await this.#lossOf(disk);
      if (loss !== undefined) return await this.#lose(disk, loss);
      if (this.#isBehind) {
        this.#isBehind = false;
        await disk.file.rewrite(entries.slice(0, end));
      } else await disk.file.append(entries.slice(this.#written, end));
      this.#written = end;
    } catch (error) {
      this.#isBehind = true;
      disk.logger.warn("A conversation with a model could not be written", { error: messageOf(error) });
    }
  }

  /** Returns the reason for which nothing more may be written, if there is one. */
  async #lossOf({ file, claim }: ConversationDisk): Promise<string | undefined> {
    if (await file.isGone()) return "The file of a conversation with a model was removed";
    // What is appended goes to a file that the other process has replaced.
    if (this.#isBehind && (await claim.isLost())) return "Another window has taken over a conversation with a model";
    return undefined;
  }

  /** Goes on in memory alone. */
  async #lose({ file, claim, logger }: ConversationDisk, why: string): Promise<void> {
    logger.info(why);
    this.#disk = undefined;
    this.#onDidDetach();
    await file.close();
    await claim.release();
  }

  /** @returns false if it was detached before */
  #detach(last: (disk: ConversationDisk) => Promise<void>): Promise<boolean> {
    return this.#queue.run(async () => {
      const disk = this.#disk;
      if (disk === undefined) return false;
      this.#disk = undefined;
      this.#onDidDetach();
      try {
        await last(disk);
        await disk.file.close();
        await disk.claim.release();
      } catch (error) {
        disk.logger.warn("A conversation with a model could not be closed", { error: messageOf(error) });
      }
      return true;
    });
  }
}
