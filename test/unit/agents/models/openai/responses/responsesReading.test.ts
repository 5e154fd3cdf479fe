import assert from "node:assert/strict";
import { createOpenAiResponses } from "../../../../../../src/agents/models/openai/responses/openAiResponses.ts";
import { responsesEvents } from "../../../../../support/models/forms/openAiResponses.ts";
import { sseEvent, type NamedEvent } from "../../../../../support/models/forms/events.ts";
import { failureOf } from "../../../../../support/models/failedSteps.ts";
import { ModelServer } from "../../../../../support/models/modelServer.ts";
import { collected, NO_ABORT, stepRequest, wireOptions } from "../../../../../support/models/wireOptions.ts";

const ANSWER = {
  text: ["Good ", "morning"],
  calls: [
    { id: "c1", name: "read", arguments: ["{", "}"] },
    { id: "c2", name: "list", arguments: "{}" },
  ],
};
const CALLS = [
  { type: "call", id: "c1", name: "read", arguments: "{}" },
  { type: "call", id: "c2", name: "list", arguments: "{}" },
];

describe("An answer in the protocol of responses", () => {
  let server: ModelServer;
  beforeEach(async () => (server = await ModelServer.start()));
  afterEach(async () => await server.dispose());

  const read = async (events: readonly NamedEvent[]) => {
    server.reply({ body: events.map(sseEvent) });
    const options = wireOptions({ baseUrl: `${server.url}/v1`, wire: "openai-responses" });
    return await collected(createOpenAiResponses(options).stream(stepRequest(), NO_ABORT));
  };
  const partsOf = async (events: readonly NamedEvent[]) => (await read(events)).result.parts;
  const whole = [{ type: "text", text: "Good morning" }, ...CALLS];

  it("is whole without the deltas, without the items, and without the output at the end", async () => {
    const events = responsesEvents(ANSWER);
    const without = (type: RegExp) => events.filter((event) => !type.test(event.type));
    const withoutOutput = events.map((event) =>
      event.type === "response.completed" ? { type: event.type, response: { usage: null } } : event,
    );
    assert.deepEqual(await partsOf(without(/delta/)), whole);
    assert.equal((await read(without(/delta/))).text, "Good morning");
    assert.deepEqual(await partsOf(without(/output_item\.done/)), whole);
    assert.deepEqual(await partsOf(without(/output_item|content_part/)), whole);
    assert.deepEqual(await partsOf(withoutOutput), whole);
    assert.deepEqual(await partsOf(withoutOutput.filter(({ type }) => !type.endsWith("item.done"))), whole);
  });

  it("keeps its order when indices come out of order, and takes each item once", async () => {
    const events = responsesEvents(ANSWER);
    const of = (index: number) => events.filter((event) => "output_index" in event && event.output_index === index);
    const [begin, end] = [events.slice(0, 2), events.slice(-1)];
    assert.deepEqual(await partsOf([...begin, ...of(2), ...of(1), ...of(0), ...end]), whole);
    const repeated = events.flatMap((event) =>
      event.type.startsWith("response.output_item") ? [event, event] : [event],
    );
    assert.deepEqual(await partsOf(repeated), whole);
  });

  it("has all items of a server that gives each the same index", async () => {
    const events = responsesEvents(ANSWER).map((event) =>
      "output_index" in event ? { ...event, output_index: 0 } : event,
    );
    assert.deepEqual(await partsOf(events), whole);
    const unnumbered = events.map(({ type, ...fields }) => ({ type, ...fields, output_index: undefined }));
    assert.deepEqual(await partsOf(unnumbered), whole);
  });

  it("says what has failed in its middle", async () => {
    const failed = (code: string) => [
      ...responsesEvents(ANSWER).slice(0, 4),
      { type: "response.failed", response: { status: "failed", error: { code, message: "Because." } } },
    ];
    const kinds = {
      rate_limit_exceeded: "rate-limited",
      server_error: "overloaded",
      context_length_exceeded: "too-long",
    };
    for (const [code, kind] of Object.entries(kinds)) {
      const failure = await failureOf(read(failed(code)));
      assert.equal(failure.kind, kind);
      assert.match(failure.message, /Because\./);
    }
    const error = { type: "error", code: "invalid_prompt", message: "No such prompt", param: null };
    assert.equal((await failureOf(read([error]))).kind, "invalid");
  });

  it("ends as a refusal when the vendor filters it", async () => {
    const events = responsesEvents({ ...ANSWER, finish: "length" }).map((event) =>
      event.type === "response.incomplete"
        ? { type: event.type, response: { incomplete_details: { reason: "content_filter" } } }
        : event,
    );
    assert.equal((await read(events)).result.finish, "refusal");
  });

  it("has no more items than an answer can have", async () => {
    const items = Array.from({ length: 1001 }, (_, index) => ({
      type: "response.output_item.added",
      output_index: index,
      item: { type: "function_call", call_id: `c${index}`, name: "read", arguments: "" },
    }));
    assert.equal((await failureOf(read(items))).kind, "too-large");
  });

  it("does not take what has the wrong form", async () => {
    const call = { type: "function_call", name: 5, call_id: "c" };
    for (const event of [
      { type: "response.output_item.done", output_index: 0, item: call },
      { type: "response.completed", response: "done" },
    ])
      assert.equal((await failureOf(read([event]))).kind, "protocol");
  });
});
