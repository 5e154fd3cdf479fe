import assert from "node:assert/strict";
import { Compactor, type CompactionRequest } from "../../../../../src/agents/models/compaction/compactor.ts";
import { TemporaryConversations } from "../../../../../src/agents/models/memory/temporaryConversations.ts";
import type { OpenConversation } from "../../../../../src/agents/engines/ports.ts";
import { ModelFailure } from "../../../../../src/core/models/modelFailure.ts";
import type { ConversationItem, StepRequest, StepResult } from "../../../../../src/core/models/step.ts";
import { Random } from "../../../../simulation/time/random.ts";
import { answerItem, callItem, problemOf, resultItem, userItem } from "../../../../support/models/conversations.ts";

const never = new AbortController().signal;
const long = (mark: string, length: number): string => mark + " word".repeat(length / 5);

/** A model that answers each summary with a text, and remembers the requests. */
class Summarizer {
  readonly requests: StepRequest[] = [];
  /** Characters of a request above which it is too long. */
  limit = Number.POSITIVE_INFINITY;
  answer = "They built a boat.";

  readonly step = (request: StepRequest): Promise<StepResult> => {
    this.requests.push(request);
    if (JSON.stringify(request).length > this.limit) return Promise.reject(new ModelFailure("too-long", "Too long."));
    const usage = { inputTokens: 1, outputTokens: 1 };
    const parts = [{ type: "text" as const, text: this.answer }];
    return Promise.resolve({ parts, finish: "stop", usage, model: "m" });
  };

  /** The whole text of all requests. */
  get text(): string {
    return JSON.stringify(this.requests);
  }
}

describe("Compactor", () => {
  let conversation: OpenConversation;
  let model: Summarizer;

  beforeEach(() => {
    conversation = new TemporaryConversations().temporary();
    model = new Summarizer();
  });

  const add = async (turn: number, ...items: readonly ConversationItem[]): Promise<void> => {
    for (const item of items) await conversation.append(item, `exec-${turn}`);
  };
  const requestOf = (because: CompactionRequest["because"] = "full"): CompactionRequest => {
    return { conversation, because, model: "m", system: "Be kind.", tools: [], step: model.step };
  };
  /** A context of 10,000 tokens has room for about 25,000 characters, and the answer. */
  const compactor = (contextTokens = 10_000): Compactor => new Compactor({ contextTokens });
  const context = { system: "Be kind.", tools: [] };

  it("is due when the context is nearly full, and not before", async () => {
    await add(1, userItem(long("a", 15_000)));
    assert.equal(compactor().isDue(conversation, context), false);
    await add(1, answerItem(long("b", 15_000)));
    assert.equal(compactor().isDue(conversation, context), true);
    assert.equal(compactor(100_000).isDue(conversation, context), false);
  });

  it("learns from the vendor how many tokens a text has", async () => {
    const learning = compactor();
    await add(1, userItem(long("a", 15_000)));
    const request = { ...context, items: conversation.items };
    learning.recordStep(request, { inputTokens: 9500, outputTokens: 1, isEstimated: true });
    assert.equal(learning.isDue(conversation, context), false);
    learning.recordStep(request, { inputTokens: 9500, outputTokens: 1 });
    assert.equal(learning.isDue(conversation, context), true);
    learning.recordStep(request, { inputTokens: 3000, outputTokens: 1 });
    assert.equal(learning.isDue(conversation, context), false);
  });

  it("only shortens earlier results of tools if that is enough", async () => {
    await add(1, userItem("read"), callItem("a"), resultItem(long("page", 25_000), "a"), answerItem("It is long."));
    await add(2, userItem("And?"));
    const compaction = await compactor().compact(requestOf(), never);
    assert.equal(compaction.droppedItems, 0);
    assert.ok(compaction.tokensAfter < compaction.tokensBefore / 2);
    assert.deepEqual(model.requests, []);
    assert.deepEqual(conversation.items.at(-1), userItem("And?"));
    assert.match(JSON.stringify(conversation.items[2]), /page word.*cut to save space.*word/);
    assert.equal(conversation.turns, 2);
  });

  it("replaces earlier turns by a summary of the model, and keeps the latest ones", async () => {
    for (let turn = 1; turn <= 30; turn++) {
      await add(turn, userItem(`prompt ${turn}`), answerItem(long(`answer ${turn}`, 1000)));
    }
    await add(31, userItem("the latest"));
    const compaction = await compactor().compact(requestOf(), never);
    assert.ok(compaction.droppedItems > 30);
    const [first] = conversation.items;
    assert.match(JSON.stringify(first), /They built a boat\./);
    assert.match(JSON.stringify(first), /"prompt 2\d"/, "the summary is a part of the first prompt that is kept");
    assert.deepEqual(conversation.items.at(-1), userItem("the latest"));
    assert.ok(conversation.items.length > 4 && conversation.items.length < 25);
    assert.equal(conversation.turns, 31);
    assert.match(model.text, /User: prompt 1\\n/);
    assert.deepEqual(model.requests.map(({ tools }) => tools).flat(), []);
    assert.equal(compactor().isDue(conversation, context), false);
  });

  it("keeps the prompt of a long turn word for word, and its latest steps", async () => {
    await add(1, userItem("earlier"), answerItem("yes"));
    await add(2, userItem("Do this exactly so."));
    for (let step = 1; step <= 40; step++) {
      const id = `call-${step}`;
      await add(2, callItem(id), resultItem(long(`found ${step}`, 1000), id));
    }
    await compactor().compact(requestOf(), never);
    const [first, second] = conversation.items;
    assert.deepEqual(first?.role === "user" && first.content.at(-1), { type: "text", text: "Do this exactly so." });
    assert.equal(second?.role, "assistant");
    assert.equal(problemOf(conversation.items), undefined);
    assert.match(JSON.stringify(conversation.items.at(-1)), /found 40/);
    assert.match(model.text, /User: earlier/);
    assert.match(model.text, /User \(this request stays as it is\): Do this exactly so/);
    assert.equal(conversation.turns, 2);

    for (let step = 41; step <= 80; step++) {
      const id = `call-${step}`;
      await add(2, callItem(id), resultItem(long(`found ${step}`, 1000), id));
    }
    const before = model.requests.length;
    model.answer = "They built two boats.";
    await compactor().compact(requestOf(), never);
    const [prompt] = conversation.items;
    assert.deepEqual(prompt?.role === "user" && prompt.content.length, 2, "the earlier summary is replaced");
    assert.match(JSON.stringify(prompt), /two boats.*Do this exactly so\./);
    assert.match(JSON.stringify(model.requests[before]), /They built a boat/, "the earlier summary is summarized");
  });

  it("takes a smaller context than its setting says, if the vendor says so", async () => {
    for (let turn = 1; turn <= 10; turn++) await add(turn, userItem(`prompt ${turn}`), answerItem(long("x", 1000)));
    await add(11, userItem("the latest"));
    const wide = compactor(1_000_000);
    assert.equal(wide.isDue(conversation, context), false);
    const { tokensBefore, tokensAfter } = await wide.compact(requestOf("too-long"), never);
    assert.ok(tokensAfter < tokensBefore * 0.6, `${tokensAfter} of ${tokensBefore}`);
    assert.deepEqual(conversation.items.at(-1), userItem("the latest"));
  });

  it("summarizes in parts what the model cannot take at once, each part on top of the earlier ones", async () => {
    for (let turn = 1; turn <= 30; turn++) await add(turn, userItem(`prompt ${turn}`), answerItem(long("x", 1000)));
    model.limit = 6000;
    await compactor().compact(requestOf(), never);
    const accepted = model.requests.filter((request) => JSON.stringify(request).length <= model.limit);
    assert.ok(accepted.length > 2);
    assert.match(JSON.stringify(accepted.at(-1)), /They built a boat/);
    assert.match(JSON.stringify(conversation.items[0]), /They built a boat/);
  });

  it("lists the user's requests if the model makes no summary", async () => {
    for (const spoil of [() => (model.limit = 0), () => (model.answer = "  ")]) {
      await conversation.forget();
      spoil();
      for (let turn = 1; turn <= 30; turn++) await add(turn, userItem(`prompt ${turn}`), answerItem(long("x", 1000)));
      await compactor().compact(requestOf(), never);
      assert.match(JSON.stringify(conversation.items[0]), /The user has asked for:\\n- prompt 1\\n- prompt 2/);
    }
  });

  it("passes on what else a step throws, and leaves the conversation as it was", async () => {
    for (let turn = 1; turn <= 30; turn++) await add(turn, userItem(`prompt ${turn}`), answerItem(long("x", 1000)));
    const { items } = conversation;
    const failure = new ModelFailure("unauthorized", "The key is wrong.");
    const step = (): Promise<StepResult> => Promise.reject(failure);
    await assert.rejects(compactor().compact({ ...requestOf(), step }, never), failure);
    assert.deepEqual(conversation.items, items);
  });

  it("refuses a prompt that cannot fit, in place of compacting it again and again", async () => {
    await add(1, userItem("a"), answerItem("b"));
    await add(2, userItem(long("too much", 100_000)));
    await assert.rejects(compactor().compact(requestOf(), never), tooLong);
  });

  it("refuses if its instructions and tools alone fill the context", async () => {
    for (let turn = 1; turn <= 30; turn++) await add(turn, userItem(`prompt ${turn}`), answerItem(long("x", 1000)));
    await assert.rejects(compactor().compact({ ...requestOf(), system: long("rules", 40_000) }, never), tooLong);
  });

  it("compacts at most twice without a step in between", async () => {
    const limited = compactor();
    const fill = async (from: number): Promise<void> => {
      for (let turn = from; turn < from + 30; turn++)
        await add(turn, userItem(`prompt ${turn}`), answerItem(long("x", 1000)));
    };
    await fill(1);
    await limited.compact(requestOf(), never);
    await limited.compact(requestOf("too-long"), never);
    await assert.rejects(limited.compact(requestOf("too-long"), never), tooLong);
    limited.recordStep({ ...context, items: conversation.items }, { inputTokens: 1000, outputTokens: 1 });
    await fill(100);
    await limited.compact(requestOf(), never);
  });

  it("makes room in a conversation with many large images, whatever the context", async () => {
    const image = { type: "image", mimeType: "image/png", data: "A".repeat(6_000_000) } as const;
    for (let turn = 1; turn <= 5; turn++) {
      await add(turn, { role: "user", content: [{ type: "text", text: `image ${turn}` }, image] }, answerItem("seen"));
    }
    const wide = compactor(1_000_000);
    assert.equal(wide.isDue(conversation, context), true);
    await wide.compact(requestOf(), never);
    assert.equal(wide.isDue(conversation, context), false);
    assert.match(JSON.stringify(conversation.items), /image 5/);
  });

  it("always leaves a conversation that a vendor takes", async () => {
    for (let seed = 1; seed <= 60; seed++) {
      const numbers = new Random(seed);
      const random = (below: number): number => numbers.int(0, below - 1);
      await conversation.forget();
      const turns = 1 + random(20);
      for (let turn = 1; turn <= turns; turn++) {
        await add(turn, userItem(long(`prompt ${turn}`, random(3000))));
        for (let step = random(6); step > 0; step--) {
          const ids = Array.from({ length: 1 + random(3) }, (_, index) => `c-${turn}-${step}-${index}`);
          await add(turn, callItem(...ids), resultItem(long("r", random(4000)), ...ids));
        }
        if (turn < turns) await add(turn, answerItem(long("answer", random(2000))));
      }
      const before = conversation.items;
      await compactor()
        .compact(requestOf(random(2) === 0 ? "full" : "too-long"), never)
        .catch((error: unknown) => tooLong(error) || assert.fail(`seed ${seed}: ${String(error)}`));
      const { items } = conversation;
      assert.equal(problemOf(items), undefined, `seed ${seed}`);
      assert.equal(items[0]?.role, "user", `seed ${seed}`);
      assert.equal(items.at(-1)?.role, before.at(-1)?.role, `seed ${seed}`);
      assert.equal(conversation.turns, turns, `seed ${seed}`);
      assert.match(
        JSON.stringify(items),
        new RegExp(`"prompt ${turns}[ "]`),
        `seed ${seed}: the current prompt is left`,
      );
    }
  });
});

function tooLong(error: unknown): boolean {
  return error instanceof ModelFailure && error.kind === "too-long" && error.message.includes("Begin a new session");
}
