import type { Dispatcher } from "../../src/core/commands/dispatcher.ts";
import type { Answerable } from "../../src/core/commands/submission.ts";
import type { ExecutionLog } from "../../src/core/executions/executionLog.ts";
import { ownerProgram } from "../../src/core/access/principal.ts";
import { BridgeError, isBridgeError } from "../../src/protocol/errors.ts";
import { unavailable } from "../../src/protocol/unavailable.ts";
import { type Ownership, mayPass, whenServing } from "../../src/server/listen/ownership.ts";
import type { Destination, OtherWindow, PlaceKey, WindowAnswer, Windows } from "../../src/server/windows/windows.ts";
import { errorAnswer, type SimAnswer, type SimRequest } from "./requests.ts";
import type { SimProcess } from "./time/simProcess.ts";

/** As of a server that stops listening on a port. */
const RELEASE_GRACE_MS = 2000;

export interface SimServerDeps {
  readonly process: SimProcess;
  readonly windowId: string;
  readonly ownership: Ownership;
  readonly windows: Windows;
  readonly dispatcher: Dispatcher;
  readonly executions: ExecutionLog;
  /** Called when a response leaves for a client. */
  onDidAnswer(answer: SimAnswer): void;
}

/** A connection of a client with one request. */
interface Connection {
  readonly port: number;
  readonly end: (answer: SimAnswer) => void;
}

/** The server of a window without HTTP: the order of its steps is that of the gate and the routes. */
export class SimServer {
  readonly #deps: SimServerDeps;
  readonly #open = new Set<Connection>();
  #onceIdle: (() => void)[] = [];

  constructor(deps: SimServerDeps) {
    this.#deps = deps;
  }

  /** Handles a request of a client. Calls back once. */
  async serve(port: number, request: SimRequest, respond: (answer: SimAnswer) => void): Promise<void> {
    const { ownership } = this.#deps;
    const connection: Connection = { port, end: respond };
    this.#open.add(connection);
    let answer: SimAnswer;
    try {
      await whenServing(ownership, null);
      answer = await this.#route(request);
    } catch (error) {
      answer = errorAnswer(bridgeErrorOf(error));
    }
    // Nothing happens between the last check and the response.
    while (!mayPass(ownership, null)) {
      try {
        await whenServing(ownership, null);
      } catch (refused) {
        answer = errorAnswer(bridgeErrorOf(refused));
        break;
      }
    }
    this.#end(connection, answer);
  }

  /** Handles a request that the owner of the address has sent over the link. */
  async serveForwarded(request: SimRequest): Promise<WindowAnswer> {
    const answer = await this.#here(request).catch((error: unknown) => errorAnswer(bridgeErrorOf(error)));
    const waiting = this.#deps.ownership.whenReported?.();
    if (waiting !== undefined) await waiting;
    return { status: answer.kind === "error" ? 500 : 200, body: JSON.stringify(answer) };
  }

  /** Waits for the requests of a port, and ends those that take too long. */
  async release(port: number): Promise<void> {
    const { process } = this.#deps;
    const { promise, resolve } = Promise.withResolvers<void>();
    const isIdle = (): boolean => ![...this.#open].some((connection) => connection.port === port);
    const check = (): void => {
      if (isIdle()) resolve();
      else this.#onceIdle.push(check);
    };
    const late = process.after(RELEASE_GRACE_MS, () => {
      const stopped = errorAnswer(unavailable("bridge-stopping", "The address has moved."));
      for (const connection of this.#open) if (connection.port === port) this.#end(connection, stopped);
    });
    check();
    await promise;
    void late.dispose();
  }

  /** Ends all connections, as the system does after the death of the process. */
  die(): void {
    for (const { end } of this.#open) end({ kind: "disconnected" });
    this.#open.clear();
  }

  #end(connection: Connection, answer: SimAnswer): void {
    if (!this.#open.delete(connection)) return;
    this.#deps.onDidAnswer(answer);
    connection.end(answer);
    for (const check of this.#onceIdle.splice(0)) check();
  }

  async #route(request: SimRequest): Promise<SimAnswer> {
    const { windows } = this.#deps;
    if (request.kind !== "execute") {
      const other = windows.ofExecution(request.executionId);
      return other === undefined ? await this.#here(request) : await forward(other, request);
    }
    const destination = await windows.destinationOf(request.place, keyOf(request));
    return await this.#send(destination, request);
  }

  async #send(destination: Destination, request: SimRequest): Promise<SimAnswer> {
    switch (destination.kind) {
      case "here":
        return await this.#here(request);
      case "window":
        return await forward(destination.window, request);
      case "past":
        return this.#answerOf(destination.execution);
    }
  }

  async #here(request: SimRequest): Promise<SimAnswer> {
    const { dispatcher, executions } = this.#deps;
    if (request.kind === "execute") {
      const execution = await this.#submit(request);
      await execution.answered;
      return this.#answerOf(execution);
    }
    const { executionId } = request;
    const execution = executions.get(executionId);
    if (execution === undefined) throw new BridgeError("NOT_FOUND", "There is no execution with this ID.");
    if (request.kind === "cancel") await dispatcher.cancel(executionId);
    if (request.kind === "input") dispatcher.answer({ executionId, value: "yes", type: "confirmation" });
    return this.#answerOf(execution);
  }

  async #submit(request: SimRequest & { readonly kind: "execute" }): Promise<Answerable> {
    const { dispatcher } = this.#deps;
    const { command, order } = request;
    const execute = { command, args: [JSON.stringify(order)] };
    if (!order.hasKey) return await dispatcher.submit(execute);
    const { execution } = await dispatcher.submitOnce({
      idempotencyKey: order.id,
      request: execute,
      identity: execute,
    });
    return execution;
  }

  #answerOf(execution: Answerable): SimAnswer {
    return { kind: "execution", executionId: execution.id, status: execution.status, windowId: this.#deps.windowId };
  }
}

function keyOf(request: SimRequest): PlaceKey | undefined {
  if (request.kind !== "execute" || !request.order.hasKey) return undefined;
  return { principalId: ownerProgram.principal.id, key: request.order.id };
}

async function forward(other: OtherWindow, request: SimRequest): Promise<SimAnswer> {
  const { body } = await other.call({ method: "POST", path: request.kind, caller: ownerProgram, body: request });
  return JSON.parse(body);
}

function bridgeErrorOf(error: unknown): BridgeError {
  return isBridgeError(error) ? error : new BridgeError("INTERNAL_ERROR", String(error));
}
