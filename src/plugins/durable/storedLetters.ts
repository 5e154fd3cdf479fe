import { Emitter } from "../../base/events.ts";
import type { Logger } from "../../base/logger.ts";
import { BridgeError } from "../../protocol/errors.ts";
import type { Message } from "../bus/message.ts";
import type { DeadLetter, DeadLetters } from "../bus/transport.ts";
import type { StoredLetter } from "./logState.ts";
import { readMessages } from "./readMessages.ts";
import type { NewEntry, OpenLog } from "./openLog.ts";

/** Above these limits, the oldest dead letters are removed, with a line in the log. */
const MAX_LETTERS = 10_000;
const MAX_PART = 0.25;

export interface StoredLettersDeps {
  readonly logger: Logger;
  readonly maxBytes: number;
  /** Undefined while the log is not open. */
  log(): OpenLog | undefined;
  /** Resolves when the log is open. */
  opened(): Promise<OpenLog>;
  append(log: OpenLog, entry: NewEntry): Promise<void>;
}

/** The dead letters of the log. */
export class StoredLetters implements DeadLetters {
  readonly #deps: StoredLettersDeps;
  readonly #added: Emitter<DeadLetter>;
  readonly onDidAdd;

  constructor(deps: StoredLettersDeps) {
    this.#deps = deps;
    this.#added = new Emitter<DeadLetter>();
    this.onDidAdd = this.#added.event;
  }

  get count(): number {
    return this.#deps.log()?.state.letters.size ?? 0;
  }

  async list(limit: number): Promise<readonly DeadLetter[]> {
    const log = await this.#deps.opened();
    const letters = [...log.state.letters.values()].toReversed().slice(0, limit);
    const read = await Promise.all(letters.map(async (letter) => ({ letter, message: await messageIn(letter) })));
    return read.flatMap(({ letter, message }) => (message === undefined ? [] : [letterOf(letter, message)]));
  }

  async resend(id: string): Promise<void> {
    const log = await this.#deps.opened();
    const letter = this.#letter(log, id);
    const message = await messageIn(letter);
    if (message === undefined) throw new BridgeError("INTERNAL_ERROR", "The file of this dead letter is damaged.");
    // Another call may have been faster.
    this.#letter(log, id);
    const { name, pattern } = letter;
    const consumer = log.state.consumerOf(name, pattern) ?? log.addConsumer(name, pattern);
    await this.#deps.append(log, { message, to: consumer.id, letter: id });
  }

  async remove(id: string): Promise<void> {
    const log = await this.#deps.opened();
    this.#letter(log, id);
    await log.removeLetter(id);
  }

  /** Announces a new letter, and removes the oldest ones above the limits. */
  add(log: OpenLog, letter: StoredLetter, message: Message): void {
    this.#added.fire(letterOf(letter, message));
    const { letters } = log.state;
    let bytes = 0;
    for (const { place } of letters.values()) bytes += place.length;
    for (const oldest of letters.values()) {
      if (letters.size <= MAX_LETTERS && bytes <= this.#deps.maxBytes * MAX_PART) return;
      bytes -= oldest.place.length;
      const { name: consumer, error } = oldest;
      this.#deps.logger.warn("The oldest dead letter was removed, because there are too many", { consumer, error });
      log.state.removeLetter(oldest.letter);
      void log.removeLetter(oldest.letter).catch(() => undefined);
    }
  }

  #letter(log: OpenLog, id: string): StoredLetter {
    const letter = log.state.letters.get(id);
    if (letter === undefined) throw new BridgeError("NOT_FOUND", "There is no dead letter with this ID.", { id });
    return letter;
  }
}

async function messageIn(letter: StoredLetter): Promise<Message | undefined> {
  const [message] = await readMessages([letter]);
  return message;
}

function letterOf(
  { letter: id, name, pattern, error, deliveries, timestamp }: StoredLetter,
  message: Message,
): DeadLetter {
  return { id, message, consumer: { name, pattern }, error, deliveries, timestamp };
}
