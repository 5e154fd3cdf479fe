import { isBridgeError } from "../../../src/protocol/errors.ts";
import type { BusParticipant } from "../../../src/plugins/bus/participant.ts";
import type { Json } from "../../../src/protocol/values.ts";

const textOf = (value: Json): string => (typeof value === "string" ? value : JSON.stringify(value));

/** The part of a window in the bus, which a test controls by commands of its editor. */
export class ProcessBus {
  readonly #seen: Json[] = [];
  readonly #patterns = new Set<string>();
  readonly #participant: () => Promise<BusParticipant>;
  #attached: Promise<BusParticipant> | undefined;

  /** @param participant takes part in the bus */
  constructor(participant: () => Promise<BusParticipant>) {
    this.#participant = participant;
  }

  /** By their IDs. */
  readonly commands = {
    /** Notes what is published on a pattern, and answers requests. Subscribes once, and confirms it each time. */
    "test.bus.subscribe": async (pattern: Json, answer: Json): Promise<void> => {
      const bus = await this.#bus();
      const text = textOf(pattern);
      if (!this.#patterns.has(text))
        bus.subscribe(text, async ({ message }) => {
          this.#seen.push(message.payload);
          if (message.correlationId !== undefined) await bus.respond(message.correlationId, answer);
        });
      this.#patterns.add(text);
      // The bus of another window handles what one participant sends in order.
      await bus.publish({ topic: "test/subscribed" });
    },
    "test.bus.publish": async (topic: Json, payload: Json): Promise<void> => {
      await (await this.#bus()).publish({ topic: textOf(topic), payload });
    },
    "test.bus.request": async (topic: Json, timeout: Json = 60_000): Promise<unknown> =>
      (await this.#bus()).request({ topic: textOf(topic), timeout: Number(timeout) }),
    /** Sends a request, and notes the code of its error, with its number. */
    "test.bus.ask": async (topic: Json, number: Json): Promise<void> => {
      const asked = (await this.#bus()).request({ topic: textOf(topic), timeout: 600_000 });
      asked.catch((error: unknown) => {
        this.#seen.push(`${isBridgeError(error) ? error.code : "another error"} ${textOf(number)}`);
      });
    },
    "test.bus.seen": (): Json => [...this.#seen],
  };

  #bus(): Promise<BusParticipant> {
    this.#attached ??= this.#participant();
    return this.#attached;
  }
}
