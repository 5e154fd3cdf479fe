import assert from "node:assert/strict";
import { conversationOf } from "../../../../../src/gateways/openai/chat/chatMessages.ts";
import { FunctionCalls } from "../../../../../src/gateways/openai/chat/functionCalls.ts";
import type { Message } from "../../../../../src/gateways/turns/turn.ts";

const before: readonly Message[] = [{ role: "user", content: [{ type: "text", text: "Weather?" }] }];
const call = { id: "call_1", name: "weather", arguments: "{}" };

describe("The calls of the older form", () => {
  it("are found by their conversation, name and arguments", () => {
    const calls = new FunctionCalls();
    calls.remember("p1", before, call);
    assert.equal(calls.of("p1").find([...before], { name: "weather", arguments: "{}" }), "call_1");
    assert.equal(calls.of("p1").find(before, { name: "weather", arguments: '{"a":1}' }), undefined);
    assert.equal(calls.of("p1").find([...before, ...before], call), undefined);
  });

  it("are never those of another principal", () => {
    const calls = new FunctionCalls();
    calls.remember("p1", before, call);
    assert.equal(calls.of("p2").find(before, call), undefined);
  });

  it("are looked for once in a request, because each search takes the whole conversation", () => {
    const searched: string[] = [];
    const made = Array.from({ length: 3 }, (_, number) => ({ name: `f${number}`, arguments: "{}" }));
    const messages = conversationOf(
      made.map((functionCall) => ({ role: "assistant", content: null, function_call: functionCall })),
      {
        find: (_before, { name }) => {
          searched.push(name);
          return "call_1";
        },
      },
    );
    assert.deepEqual(searched, ["f2"]);
    const ids = messages.map((message) => (message.role === "assistant" ? message.calls[0]?.id : undefined));
    assert.deepEqual(ids, ["function:f0", "function:f1", "call_1"]);
  });

  it("are forgotten, the oldest first, when there are more than 1000", () => {
    const calls = new FunctionCalls();
    for (let number = 0; number <= 1000; number++) calls.remember("p1", before, { ...call, name: `f${number}` });
    assert.equal(calls.of("p1").find(before, { ...call, name: "f0" }), undefined);
    assert.equal(calls.of("p1").find(before, { ...call, name: "f1" }), "call_1");
  });
});
