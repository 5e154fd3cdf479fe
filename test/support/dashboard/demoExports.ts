import type { ExportParts } from "../../../src/dashboard/channel/exportActions.ts";
import type { DestinationPlace, ExportsView } from "../../../src/dashboard/contract/exports.ts";
import type { DeadLetter, DestinationRecord, DestinationTest } from "../../../src/protocol/exports/destinations.ts";

/** Destinations in each state, of which one has dead letters. */
export class DemoExports implements ExportParts {
  readonly done: string[] = [];
  readonly #windowId: string;
  readonly #now: number;
  problems: readonly string[] = [];
  deadLetters: readonly DeadLetter[];
  result: Pick<DestinationTest, "success" | "outcome" | "message"> = {
    success: true,
    outcome: "stored",
    message: "The bucket has the object.",
  };

  constructor(windowId: string, now: number) {
    this.#windowId = windowId;
    this.#now = now;
    const letter = { reason: "It answered 413: the item is too large.", eventType: "command-completed" };
    this.deadLetters = [
      { id: "w-e-2", at: this.#ago(60_000), ...letter, executionId: "exec-2" },
      { id: "w-e-1", at: this.#ago(90_000), ...letter, executionId: "exec-1" },
    ];
  }

  view = (): ExportsView => ({ destinations: this.#destinations(), problems: this.problems });

  test = (place: DestinationPlace): Promise<DestinationTest> => {
    this.#note("test", place);
    return Promise.resolve({ ...this.result, elapsedMs: 84, windowId: this.#windowId });
  };

  letters = (place: DestinationPlace) => {
    this.#note("letters", place);
    return Promise.resolve({ deadLetters: [...this.deadLetters], total: this.deadLetters.length });
  };

  replay = (place: DestinationPlace): Promise<number> => {
    this.#note("replay", place);
    return Promise.resolve(this.#empty());
  };

  removeLetters = (place: DestinationPlace): Promise<number> => {
    this.#note("remove", place);
    return Promise.resolve(this.#empty());
  };

  #destinations(): DestinationRecord[] {
    const nothing = {
      waiting: { events: 0, oldestMs: 0 },
      sent: 0,
      refused: 0,
      dropped: 0,
      deadLetters: 0,
      windowId: this.#windowId,
    };
    const since = this.#ago(3_600_000);
    return [
      {
        ...nothing,
        name: "archive",
        kind: "s3",
        state: "ok",
        since,
        sent: 1_204,
        lastSuccess: { at: this.#ago(40_000), outcome: "stored" },
      },
      {
        ...nothing,
        name: "phone",
        kind: "webhook",
        state: "retrying",
        since,
        waiting: { events: 17, oldestMs: 130_000 },
        nextAttemptAt: new Date(this.#now + 90_000).toISOString(),
        lastError: { at: this.#ago(30_000), kind: "passing", message: "It answered 503.", httpStatus: 503 },
      },
      {
        ...nothing,
        name: "records",
        kind: "dynamodb",
        state: "blocked",
        since,
        waiting: { events: 2, oldestMs: 4_000 },
        refused: this.deadLetters.length,
        dropped: 3,
        deadLetters: this.deadLetters.length,
        lastError: {
          at: this.#ago(20_000),
          kind: "blocked",
          message: "The clock of this machine is 20 minutes ahead.",
          httpStatus: 403,
        },
      },
      { ...nothing, name: "traces", kind: "otlp", state: "off" },
      { ...nothing, name: "metrics", kind: "otlp", state: "idle", since },
    ];
  }

  #note(action: string, { name, windowId }: DestinationPlace): void {
    this.done.push(`${action} ${name} ${windowId}`);
  }

  #empty(): number {
    const { length } = this.deadLetters;
    this.deadLetters = [];
    return length;
  }

  #ago(ms: number): string {
    return new Date(this.#now - ms).toISOString();
  }
}
