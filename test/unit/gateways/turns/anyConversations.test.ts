import assert from "node:assert/strict";
import fc from "fast-check";
import type { RunContext } from "../../../../src/core/ports.ts";
import type { LentResult } from "../../../../src/gateways/turns/lending.ts";
import type { Message, TurnResponse } from "../../../../src/gateways/turns/turn.ts";
import { FakePrincipals } from "../../../support/fakePrincipals.ts";
import type { HeardPrompt } from "../../../support/gateways/scriptedAgent.ts";
import { settled } from "../../../support/windows/manualClock.ts";
import { assistant, read, type ReadResponse, request, result, tool, TurnsRig, user } from "./turnsRig.ts";

/** Every message has a mark of its own: those of the user, of the agent and of tools. */
const MARK = /\b[uar]\d+\b/gu;
const tools = [tool("bash")];

function marksOf(text: string): readonly string[] {
  return text.match(MARK) ?? [];
}

type Action =
  /** Says something; with `calls`, the agent calls that many tools one after the other. */
  | {
      readonly type: "say";
      readonly client: number;
      readonly calls: number;
      readonly ends: "well" | "failed" | "refused";
    }
  | { readonly type: "both"; readonly client: number }
  /** Sends one request several times at once, and again after it has failed. */
  | { readonly type: "storm"; readonly client: number; readonly ends: "well" | "failed" }
  | { readonly type: "rewind"; readonly client: number; readonly by: number }
  | { readonly type: "edit"; readonly client: number; readonly at: number }
  | { readonly type: "copy"; readonly client: number; readonly from: number }
  | { readonly type: "leave"; readonly client: number }
  | { readonly type: "restart" }
  | { readonly type: "pass"; readonly minutes: number };

/** Clients 0 and 1, 2 and 3, 4 and 5 have the same principal. */
const CLIENTS = 6;
const client = fc.nat(CLIENTS - 1);
const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 6, arbitrary: say() },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("both" as const), client }) },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant("storm" as const),
      client,
      ends: fc.constantFrom("well" as const, "failed" as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("rewind" as const), client, by: fc.nat(4) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("edit" as const), client, at: fc.nat(6) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("copy" as const), client, from: client }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("leave" as const), client }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("restart" as const) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("pass" as const), minutes: fc.constantFrom(1, 11, 31) }) },
);

function say(): fc.Arbitrary<Action> {
  const ends = fc.constantFrom(
    "well" as const,
    "well" as const,
    "well" as const,
    "failed" as const,
    "refused" as const,
  );
  return fc.record({ type: fc.constant("say" as const), client, calls: fc.constantFrom(0, 0, 1, 2), ends });
}

/** An agent that remembers marks, with clients that know which marks an answer must come from. */
class World {
  readonly rig = new TurnsRig();
  readonly #principals: readonly ReturnType<FakePrincipals["add"]>[];
  readonly #clients: Message[][] = Array.from({ length: CLIENTS }, () => []);
  /** The marks that each session of the agent remembers. */
  readonly #memories = new Map<string, string[]>();
  /** For each message of a user, how often the agent was given it as its prompt. */
  readonly #runs = new Map<string, number>();
  readonly #asked = new Set<string>();
  #last = 0;

  constructor() {
    const principals = new FakePrincipals();
    this.#principals = Array.from({ length: CLIENTS / 2 }, (_, index) => principals.add(`p${index}`));
    this.rig.set({ "gateways.maxSessions": 3 });
    this.rig.agent.answer = async (prompt, context) => await this.#answer(prompt, context);
  }

  async run(step: Action): Promise<void> {
    switch (step.type) {
      case "say":
        return await this.#say(step.client, `calls=${step.calls} ${step.ends}`);
      case "both":
        await Promise.all([this.#say(step.client, "calls=0 well"), this.#say(step.client ^ 1, "calls=0 well")]);
        return;
      case "storm":
        return await this.#storm(step.client, step.ends);
      case "rewind":
        this.#clients[step.client]?.splice(-2 * step.by);
        return;
      case "edit":
        return this.#edit(this.#of(step.client), step.at);
      case "copy":
        this.#clients[step.client] = [...this.#of(step.from)];
        return;
      case "leave":
        return await this.#leave(step.client);
      case "restart":
        this.rig.agent.remembering.clear();
        return;
      case "pass":
        await this.rig.clock.pass(step.minutes * 60_000);
        return;
    }
  }

  assertRunsOnce(): void {
    for (const mark of this.#asked) assert.equal(this.#runs.get(mark), 1, `${mark} ran ${this.#runs.get(mark)} times`);
    assert.equal(this.#runs.size, this.#asked.size);
  }

  #of(index: number): Message[] {
    return this.#clients[index] ?? [];
  }

  #mark(kind: "u" | "a" | "r"): string {
    return `${kind}${++this.#last}`;
  }

  async #say(index: number, text: string): Promise<void> {
    const mark = this.#mark("u");
    this.#asked.add(mark);
    const messages = [...this.#of(index), user(`${mark} ${text}`)];
    for (;;) {
      const { text: answer, calls, last, response } = await this.#read(await this.#respond(index, messages));
      if (last?.type === "failed") return;
      assertFits(answer, messages);
      messages.push(assistant(answer, calls, [response.key]));
      if (calls.length === 0) break;
      for (const { id } of calls) messages.push(result(id, this.#mark("r")));
    }
    this.#clients[index] = messages;
  }

  async #storm(index: number, ends: string): Promise<void> {
    const mark = this.#mark("u");
    this.#asked.add(mark);
    const messages = [...this.#of(index), user(`${mark} calls=0 ${ends}`)];
    const responses = await Promise.all([1, 2, 3].map(() => this.#respond(index, messages, mark)));
    const answers = await Promise.all(responses.map((response) => this.#read(response)));
    if (ends === "failed") answers.push(await this.#read(await this.#respond(index, messages, mark)));
    const [answer] = answers;
    for (const { text, last } of answers) assert.deepEqual([text, last], [answer?.text, answer?.last]);
    if (ends === "failed" || answer === undefined) return;
    assertFits(answer.text, messages);
    this.#clients[index] = [...messages, assistant(answer.text, [], [answer.response.key])];
  }

  /** A client that calls and hangs up. */
  async #leave(index: number): Promise<void> {
    const mark = this.#mark("u");
    this.#asked.add(mark);
    const response = await this.#respond(index, [...this.#of(index), user(`${mark} calls=1 well`)]);
    await response.accepted;
    response.leave();
    await this.rig.clock.pass(5000);
  }

  #respond(index: number, messages: readonly Message[], replayKey?: string): Promise<TurnResponse> {
    const as = this.#principals[Math.floor(index / 2)];
    const more = { ...(as !== undefined && { as }), ...(replayKey !== undefined && { replayKey }) };
    return this.rig.respond(request(messages, { tools, ...more }));
  }

  /** Lets just enough time pass for calls to be sent. */
  async #read(response: TurnResponse): Promise<ReadResponse> {
    let isRead = false;
    const reading = read(response).finally(() => (isRead = true));
    for (;;) {
      await settled();
      if (isRead) return await reading;
      // Text waits for a few milliseconds of real time, which is far less than calls do.
      this.rig.core.outputs.flush();
      await this.rig.clock.pass(100);
    }
  }

  #edit(messages: Message[], at: number): void {
    const message = messages[at];
    if (message?.role === "user") messages[at] = user(this.#mark("u"));
    if (message?.role === "assistant" && message.calls.length === 0) messages[at] = assistant(this.#mark("a"));
  }

  async #answer(prompt: HeardPrompt, context: RunContext): Promise<string> {
    const memory = prompt.isNewConversation ? [] : (this.#memories.get(prompt.session) ?? []);
    this.#memories.set(prompt.session, memory);
    const before = memory.length;
    memory.push(...marksOf(prompt.text));
    const asked = memory.at(-1) ?? "";
    this.#runs.set(asked, (this.#runs.get(asked) ?? 0) + 1);
    const wish = prompt.text.slice(prompt.text.lastIndexOf(asked));
    for (let left = Number(/calls=(\d)/u.exec(wish)?.[1] ?? 0); left > 0; left--) {
      this.#tell(memory, context);
      const heard = await this.#call(prompt, context);
      context.signal.throwIfAborted();
      memory.push(...heard);
    }
    if (wish.includes("failed")) throw new Error("died");
    this.#tell(memory, context);
    if (!wish.includes("refused")) return "end_turn";
    // As ACP says of a refused prompt.
    memory.splice(before);
    return "refusal";
  }

  /** Says which messages the agent remembers. */
  #tell(memory: string[], context: RunContext): void {
    const mark = this.#mark("a");
    context.output(`${mark} from <${memory.map((known) => known.replace(/^./u, (kind) => `${kind}-`)).join(" ")}>`);
    memory.push(mark);
  }

  async #call({ tools: lent }: HeardPrompt, context: RunContext): Promise<readonly string[]> {
    const { content }: LentResult = await this.rig.lent.at(lent?.url).call("bash", {}, context.signal);
    return content.flatMap((block) => (block.type === "text" ? marksOf(block.text) : []));
  }
}

/** Asserts that an answer comes from a session that remembers the messages before it, and no others. */
function assertFits(answer: string, before: readonly Message[]): void {
  const [, told = ""] = /from <([^>]*)>/u.exec(answer) ?? [];
  const remembered = told.split(" ").map((mark) => mark.replace("-", ""));
  assert.deepEqual(
    remembered,
    before.flatMap((message) => marksOf(textIn(message))),
  );
}

function textIn(message: Message): string {
  return message.role === "assistant" || message.role === "system" ? message.text : textOf(message.content);
}

function textOf(content: Extract<Message, { role: "user" }>["content"]): string {
  return content.map((block) => (block.type === "text" ? block.text : "")).join("");
}

describe("Any conversations of several clients", () => {
  it("get answers from sessions with their own transcript, and no prompt runs twice", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(action, { maxLength: 30, size: "max" }), async (actions) => {
        const world = new World();
        try {
          for (const step of actions) await world.run(step);
          world.assertRunsOnce();
        } finally {
          await world.rig.dispose();
        }
      }),
      { numRuns: 60 },
    );
  });
});
