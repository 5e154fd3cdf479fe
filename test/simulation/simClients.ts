import { isFinal } from "../../src/protocol/executionStatus.ts";
import type { SimAnswer, SimRequest } from "./requests.ts";
import { LONG_MS, type Order } from "./machine/runs.ts";
import type { SimDesktop } from "./simDesktop.ts";

const MAX_TRIES = 6;
/** Response codes after which a client sends its request again. */
const TEMPORARY = new Set(["KIRO_UNAVAILABLE", "RATE_LIMIT_EXCEEDED", "OPERATION_TIMEOUT"]);

/** A request on its way to its response. */
interface Attempt {
  readonly id: string;
  readonly sentAt: number;
}

/** Clients of the address: programs outside of the windows. */
export class SimClients {
  readonly #desktop: SimDesktop;
  readonly #waiting = new Set<Attempt>();
  #orders = 0;
  #answers = 0;
  #executions: string[] = [];
  #isOpen = true;

  constructor(desktop: SimDesktop) {
    this.#desktop = desktop;
    this.#later(0, 100, () => this.#order());
  }

  /** Requests without a response so far. */
  get unanswered(): readonly Attempt[] {
    return [...this.#waiting];
  }

  /** Number of requests that have got the state of an execution. */
  get answers(): number {
    return this.#answers;
  }

  /** Sends no further requests. */
  close(): void {
    this.#isOpen = false;
  }

  /** Cancels an execution that is running somewhere. */
  cancelOne(): void {
    const executionId = this.#desktop.someExecution();
    if (executionId !== undefined)
      this.#send(`cancel of ${executionId}`, { kind: "cancel", executionId }, () => undefined);
  }

  #order(): void {
    const { random } = this.#desktop.world;
    if (!this.#isOpen) return;
    const order: Order = {
      id: `order-${++this.#orders}`,
      hasKey: random.chance(0.7),
      runMs: this.#runMs(),
      outputs: random.int(1, 3),
      asks: random.chance(0.15),
    };
    const command = random.chance(0.5) ? "editor.run" : "cli.run";
    this.#try(order, { kind: "execute", command, order, place: this.#desktop.somePlace() }, 1);
    if (random.chance(0.2)) this.#showSome();
    this.#later(1, 300, () => this.#order());
  }

  #runMs(): number {
    const { random } = this.#desktop.world;
    switch (random.weighted({ short: 75, medium: 20, long: 5 })) {
      case "short":
        return random.int(1, 300);
      case "medium":
        return random.int(1000, 4000);
      case "long":
        return random.int(2 * LONG_MS, 8 * LONG_MS);
    }
  }

  #try(order: Order, request: SimRequest, tries: number): void {
    const again = (): void => {
      // A retry without a key would be another order.
      if (order.hasKey && tries < MAX_TRIES) this.#later(1, 800, () => this.#try(order, request, tries + 1));
    };
    const abandon = this.#send(`try ${tries} of ${order.id}`, request, (answer) => this.#answered(answer, again));
    // Some clients give up, and some of those send the request again, while the first one still runs.
    const { random } = this.#desktop.world;
    if (order.runMs > LONG_MS || random.chance(0.5)) {
      this.#later(random.int(1, 300), 3000, () => {
        if (abandon()) again();
      });
    }
  }

  #answered(answer: SimAnswer, again: () => void): void {
    if (answer.kind === "disconnected") again();
    else if (answer.kind === "error") {
      if (TEMPORARY.has(answer.code)) again();
    } else {
      const { executionId, status } = answer;
      this.#answers++;
      this.#executions = [...this.#executions.slice(-20), executionId];
      if (!isFinal(status)) this.#later(1, 1500, () => this.#answerQuestion(executionId));
    }
  }

  #answerQuestion(executionId: string): void {
    this.#send(`input for ${executionId}`, { kind: "input", executionId }, () => undefined);
  }

  #showSome(): void {
    const executionId = this.#desktop.world.random.pick(this.#executions);
    if (executionId === undefined) return;
    this.#send(`show ${executionId}`, { kind: "show", executionId }, () => undefined);
  }

  /** @returns a function that closes the connection; it returns false if there is a response already */
  #send(id: string, request: SimRequest, respond: (answer: SimAnswer) => void): () => boolean {
    const { world } = this.#desktop;
    const attempt: Attempt = { id, sentAt: world.now };
    this.#waiting.add(attempt);
    const port = this.#desktop.publishedPort();
    this.#desktop.connect(port, request, (answer) =>
      world.after(world.random.next(), () => {
        if (!this.#waiting.delete(attempt)) return;
        world.note(`${id} at ${port} got ${JSON.stringify(answer)}`);
        if (answer.kind === "error" && answer.code === "INTERNAL_ERROR") world.fail(`${id} got INTERNAL_ERROR.`);
        respond(answer);
      }),
    );
    return () => this.#waiting.delete(attempt);
  }

  #later(leastMs: number, mostMs: number, run: () => void): void {
    const { world } = this.#desktop;
    world.after(world.random.int(leastMs, mostMs), run);
  }
}
