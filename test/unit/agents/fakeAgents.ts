import type { Agent, Turn, TurnEnd } from "../../../src/agents/agent.ts";
import { type Prompt, textOf } from "../../../src/agents/prompt.ts";
import { BridgeError } from "../../../src/protocol/errors.ts";
import type { AgentRequest, StartAgent } from "../../../src/agents/startAgent.ts";

/** An agent that does what the test says, one turn at a time. */
export class FakeAgent implements Agent {
  readonly transport = "acp";
  readonly request: AgentRequest;
  readonly prompts: string[] = [];
  readonly usedModels: string[] = [];
  takesTools = true;
  isUsable = true;
  isDisposed = false;
  /** Set to make `dispose` wait for it. */
  ending: Promise<void> | undefined;
  #settle: PromiseWithResolvers<TurnEnd> | undefined;

  constructor(request: AgentRequest) {
    this.request = request;
  }

  /** Takes texts only. */
  assertTakes(prompt: Prompt): void {
    textOf(prompt);
  }

  async useModel(id: string): Promise<void> {
    if (id === "unknown") throw new BridgeError("NOT_FOUND");
    this.usedModels.push(id);
  }

  /** Waits for `end` or `crash`, unless the prompt itself says how it ends: "ok …" or "crash". */
  async prompt(prompt: Prompt, turn: Turn, signal: AbortSignal): Promise<TurnEnd> {
    if (this.#settle !== undefined) throw new Error("two turns at once");
    const text = textOf(prompt);
    this.prompts.push(text);
    turn.began();
    if (text === "crash") return this.#die(new Error("the fake crashed"));
    if (text.startsWith("ok")) return { kind: "ended", stopReason: "end_turn" };
    this.#settle = Promise.withResolvers<TurnEnd>();
    signal.addEventListener("abort", () => this.#settle?.resolve({ kind: "cancelled", how: "cooperative" }));
    turn.output("…");
    try {
      return await this.#settle.promise;
    } finally {
      this.#settle = undefined;
    }
  }

  end(): void {
    this.#settle?.resolve({ kind: "ended", stopReason: "end_turn" });
  }

  async dispose(): Promise<void> {
    this.isUsable = false;
    this.isDisposed = true;
    this.#settle?.reject(new Error("disposed"));
    await this.ending;
  }

  #die(error: Error): never {
    this.isUsable = false;
    throw error;
  }
}

/** Starts fakes and remembers them. */
export class FakeStarts {
  readonly agents: FakeAgent[] = [];
  /** Set to make the next starts fail. */
  failure: Error | undefined;
  attempts = 0;
  /** `isNew` of each request, those that failed included. */
  readonly triedNew: (boolean | undefined)[] = [];
  /** The sessions whose conversations were forgotten. */
  readonly forgotten: (string | undefined)[] = [];
  /** What the agents say when they are asked. */
  isOutdated = false;

  get alive(): number {
    return this.agents.filter(({ isDisposed }) => !isDisposed).length;
  }

  get last(): FakeAgent {
    const last = this.agents.at(-1);
    if (last === undefined) throw new Error("nothing was started");
    return last;
  }

  readonly start: StartAgent = async (request, signal) => {
    signal.throwIfAborted();
    this.attempts++;
    this.triedNew.push(request.isNew);
    if (this.failure !== undefined) throw this.failure;
    const agent = new FakeAgent(request);
    this.agents.push(agent);
    return {
      agent,
      resumeId: `cli-${this.agents.length}`,
      isResumed: request.resumeId !== undefined,
      isOutdated: () => this.isOutdated,
      forget: async () => void this.forgotten.push(request.sessionId),
    };
  };
}
