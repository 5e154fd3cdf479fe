import type { Clock } from "../../../base/clock.ts";
import { type Disposable, DisposableStore } from "../../../base/disposables.ts";
import type { Logger } from "../../../base/logger.ts";
import { SerialQueue } from "../../../base/serialQueue.ts";
import type { Redactor } from "../../../core/privacy/redactor.ts";
import { withFolderLock } from "../../../core/sharedFolder/folderLock.ts";
import { prepareFolder } from "../../../core/sharedFolder/secretFolder.ts";
import { messageOf } from "../../../protocol/errors.ts";
import type { ConversationPlace, ConversationStore, OpenConversation } from "../../engines/ports.ts";
import { Conversation, type ConversationDisk } from "./conversation.ts";
import { CLAIM_HEARTBEAT_MS, FileClaim } from "../../../core/sharedFolder/fileClaim.ts";
import { ConversationFile } from "./conversationFile.ts";
import {
  claimPath,
  type ConversationLimits,
  conversationPath,
  nameOf,
  trimConversations,
} from "./conversationFolder.ts";
import { withInterruptions } from "./interruptedTurns.ts";

/** Interval in milliseconds in which expired conversations are removed. */
const TRIM_MS = 60 * 60 * 1000;

export interface StoredConversationsDeps {
  readonly folder: string;
  readonly limits: ConversationLimits;
  readonly redactor: Redactor;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Keeps conversations in a folder that only this user can read, one file for each. A file is written by the process that
 * has claimed it; another one that wants it gets a temporary conversation.
 */
export class StoredConversations implements ConversationStore, Disposable {
  readonly #deps: StoredConversationsDeps;
  readonly #store = new DisposableStore();
  readonly #queue = new SerialQueue();
  readonly #open = new Map<string, Conversation>();
  /** The number of the latest conversation at each place: an earlier one must not remove its file. */
  readonly #latest = new Map<string, number>();
  #count = 0;
  #isDisposed = false;

  constructor(deps: StoredConversationsDeps) {
    this.#deps = deps;
    this.#repeat(CLAIM_HEARTBEAT_MS, () => this.#touch());
    this.#repeat(TRIM_MS, () => this.#trim());
    void this.#maintain(() => this.#trim());
  }

  /** Another conversation at the same place goes on in memory alone: it belongs to an agent that was replaced. */
  open(place: ConversationPlace, isNew: boolean): Promise<OpenConversation> {
    return this.#queue.run(async () => {
      if (this.#isDisposed) return this.temporary();
      try {
        return await this.#openAt(nameOf(place), isNew);
      } catch (error) {
        this.#deps.logger.warn("A conversation with a model could not be opened", { error: messageOf(error) });
        return this.temporary();
      }
    });
  }

  temporary(): OpenConversation {
    return new Conversation(undefined);
  }

  async dispose(): Promise<void> {
    this.#isDisposed = true;
    await this.#store.dispose();
    await this.#queue.run(async () => {
      await Promise.all([...this.#open.values()].map((conversation) => conversation.dispose()));
    });
  }

  async #openAt(name: string, isNew: boolean): Promise<Conversation> {
    const { folder, logger } = this.#deps;
    await this.#open.get(name)?.dispose();
    await prepareFolder(folder);
    const claim = await this.#claim(name);
    if (claim === undefined) {
      logger.info("Another window has this conversation with a model; a temporary one is used");
      return new Conversation(undefined, { isHeldElsewhere: true });
    }
    try {
      return await this.#read(name, { file: this.#fileOf(name), claim, logger }, isNew);
    } catch (error) {
      await claim.release();
      throw error;
    }
  }

  async #read(name: string, disk: ConversationDisk, isNew: boolean): Promise<Conversation> {
    const { entries, tornBytes, damagedLines } = isNew ? nothing : await disk.file.read();
    const { logger } = disk;
    if (damagedLines > 0) logger.error("Lines of a conversation with a model are damaged", { damagedLines });
    if (tornBytes > 0) logger.warn("The end of a conversation with a model was cut", { tornBytes });
    const complete = withInterruptions(entries);
    const isWhole = complete === entries && entries.length > 0 && tornBytes + damagedLines === 0;
    const number = ++this.#count;
    this.#latest.set(name, number);
    const conversation = new Conversation(disk, {
      entries: complete,
      isBehind: !isWhole || disk.claim.wasLeftBehind,
      onDidDetach: () => {
        if (this.#open.get(name) === conversation) this.#open.delete(name);
      },
      removeClosed: () => this.#maintain(() => this.#removeClosed(name, number)),
    });
    this.#open.set(name, conversation);
    await conversation.save();
    return conversation;
  }

  /** Removes the file of a conversation unless another one has its place. */
  async #removeClosed(name: string, number: number): Promise<void> {
    if (this.#latest.get(name) !== number) return;
    const claim = await this.#claim(name);
    if (claim === undefined) return;
    await this.#fileOf(name).remove();
    await claim.release();
  }

  #claim(name: string): Promise<FileClaim | undefined> {
    const { folder } = this.#deps;
    return withFolderLock(folder, () => FileClaim.take(claimPath(folder, name)));
  }

  #fileOf(name: string): ConversationFile {
    const { folder, redactor } = this.#deps;
    return new ConversationFile(conversationPath(folder, name), redactor);
  }

  async #touch(): Promise<void> {
    for (const conversation of this.#open.values()) await conversation.touch();
  }

  async #trim(): Promise<void> {
    const { folder, limits } = this.#deps;
    await prepareFolder(folder);
    await withFolderLock(folder, () => trimConversations(folder, limits));
  }

  #repeat(periodMs: number, work: () => Promise<void>): void {
    let waiting: Disposable | undefined;
    const next = (): void => {
      waiting = this.#deps.clock.after(periodMs, () => {
        next();
        void this.#maintain(work);
      });
    };
    this.#store.defer(() => void waiting?.dispose());
    next();
  }

  async #maintain(work: () => Promise<void>): Promise<void> {
    try {
      await this.#queue.run(work);
    } catch (error) {
      this.#deps.logger.warn("The conversations with models could not be maintained", { error: messageOf(error) });
    }
  }
}

const nothing = { entries: [], tornBytes: 0, damagedLines: 0 };
