import { follow } from "../events/follow.ts";
import { broken } from "../events/readMessages.ts";
import type { Scope } from "../lifetime.ts";
import type { CancelResponse, ChatResponse } from "../wireTypes.ts";
import type { ChatEvent, ChatStream } from "./chatStream.ts";

/** A stream of the turn, and the scope in which it is read. */
export interface TurnReading {
  readonly stream: ChatStream;
  readonly scope: Scope;
}

export interface ChatTurnDeps {
  /** Opens the stream of the turn, from its beginning. */
  readonly open: () => TurnReading;
  /** Takes part in each step, once; may end its scope. */
  readonly onEvent: (event: ChatEvent, scope: Scope) => void;
  readonly cancel: (executionId: string) => Promise<CancelResponse>;
}

/**
 * One prompt and its answer: `await` it for the response, or iterate over its steps with `for await`, which reads them as
 * fast as the loop takes them. The prompt is sent immediately. The stream may break and is opened again: the prompt runs once,
 * and no step comes twice. After a `break`, the turn reads on for its response; the signal of the call ends that.
 */
export class ChatTurn extends Promise<ChatResponse> implements AsyncIterable<ChatEvent, void> {
  readonly #deps: ChatTurnDeps;
  readonly #steps: AsyncGenerator<ChatEvent, void, undefined>;
  /** The ID of the execution, when the bridge has accepted the prompt. */
  readonly #accepted: Promise<string>;
  /** The first step is read in any case. A later reader has missed it, and gets the steps from the stream again. */
  #reader: "none" | "iteration" | "itself" = "none";
  #first: Promise<IteratorResult<ChatEvent, void>> | undefined;
  #executionId: string | undefined;

  /** Derived promises are plain ones. */
  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  constructor(deps: ChatTurnDeps) {
    let resolve: (response: ChatResponse) => void = () => undefined;
    let reject: (reason: unknown) => void = () => undefined;
    super((onResponse, onError) => {
      resolve = onResponse;
      reject = onError;
    });
    this.#deps = deps;
    this.#steps = this.#readFirst({ resolve, reject });
    this.#first = this.#steps.next();
    this.#accepted = this.#first.then(() => this.#executionId ?? this.then(({ executionId }) => executionId));
    // Those who iterate get the error there.
    for (const promise of [this, this.#first, this.#accepted]) promise.catch(() => undefined);
    queueMicrotask(() => this.#readOn());
  }

  /** The ID of the execution; undefined until the bridge has accepted the prompt. */
  get executionId(): string | undefined {
    return this.#executionId;
  }

  /** Cancels the turn, as soon as the bridge has accepted the prompt. */
  async cancel(): Promise<CancelResponse> {
    return await this.#deps.cancel(await this.#accepted);
  }

  [Symbol.asyncIterator](): AsyncIterator<ChatEvent, void> {
    if (this.#reader !== "none") return readTurn(this.#deps.open());
    this.#reader = "iteration";
    return {
      next: () => this.#next(),
      return: () => {
        this.#reader = "none";
        this.#readOn();
        return Promise.resolve({ done: true, value: undefined });
      },
    };
  }

  #next(): Promise<IteratorResult<ChatEvent, void>> {
    const next = this.#first ?? this.#steps.next();
    this.#first = undefined;
    return next;
  }

  /** Reads the rest for the response, unless an iteration does. */
  #readOn(): void {
    if (this.#reader !== "none") return;
    this.#reader = "itself";
    const drain = async (): Promise<void> => {
      while ((await this.#next()).done !== true);
    };
    // The promise has the error.
    drain().catch(() => undefined);
  }

  async *#readFirst(response: {
    resolve(response: ChatResponse): void;
    reject(reason: unknown): void;
  }): AsyncGenerator<ChatEvent, void, undefined> {
    const reading = this.#deps.open();
    try {
      for await (const event of readTurn(reading)) {
        if ("executionId" in event) this.#executionId ??= event.executionId;
        if (event.type === "done") response.resolve(withoutType(event));
        this.#deps.onEvent(event, reading.scope);
        yield event;
      }
    } catch (error) {
      response.reject(error);
      throw error;
    }
  }
}

/** Yields the steps of a turn. @throws the error that the turn has ended with */
async function* readTurn({ stream, scope }: TurnReading): AsyncGenerator<ChatEvent, void, undefined> {
  try {
    yield* follow(stream);
  } finally {
    void scope.dispose();
  }
  if (stream.end?.kind === "failed") throw stream.end.error;
  if (stream.end === undefined) throw broken("the turn has not ended");
}

function withoutType({ type: _done, ...response }: { readonly type: "done" } & ChatResponse): ChatResponse {
  return response;
}
