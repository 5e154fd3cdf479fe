import assert from "node:assert/strict";
import { noEvent } from "../../../../src/base/events.ts";
import { BridgeError } from "../../../../src/protocol/errors.ts";
import { owner } from "../../../../src/core/access/principal.ts";
import { HeldTurn } from "../../../../src/core/executions/heldTurn.ts";
import type { ChatTask } from "../../../../src/core/commands/target.ts";
import type { LentTools } from "../../../../src/core/commands/turnInput.ts";
import type { ModelCall } from "../../../../src/core/models/modelCall.ts";
import type { PromptBlock } from "../../../../src/core/models/promptBlock.ts";
import { ExecutionLog } from "../../../../src/core/executions/executionLog.ts";

const MANY = 1_000_000;
const content: readonly PromptBlock[] = [{ type: "text", text: "x".repeat(MANY) }];
const limits = { maxEnded: 10, maxWeight: 1e9, maxActiveWeight: 3 * MANY };

function setUp() {
  const log = new ExecutionLog({ append: () => undefined }, "window-1", limits);
  const create = (recall?: readonly PromptBlock[]) => {
    const held = new HeldTurn({ content, ...(recall !== undefined && { recall }) });
    const task: ChatTask = { kind: "chat", command: "kiro.cli.chat", args: ["Short"], prompt: "Short", held };
    return log.create(task, "cli", { origin: "program", principal: owner });
  };
  return { log, create };
}

describe("The input of a gateway", () => {
  it("counts with its recall towards the active executions until its turn begins", () => {
    const { log, create } = setUp();
    const execution = create(content);
    assert.throws(() => create(), BridgeError);
    execution.start();
    log.releaseInput(execution);
    create(content);
    assert.throws(() => create(), { code: "RATE_LIMIT_EXCEEDED" });
  });

  it("is released once, also when the turn has never begun", () => {
    const { log, create } = setUp();
    const begun = create(content);
    log.releaseInput(begun);
    log.releaseInput(begun);
    const left = create(content);
    log.release(left);
    log.release(begun);
    // All of the weight was given back, and no more.
    create(content);
    assert.throws(() => create(), { code: "RATE_LIMIT_EXCEEDED" });
  });

  it("is no part of what an ended execution weighs, and is not held by it", () => {
    const { log, create } = setUp();
    const execution = create(content);
    log.releaseInput(execution);
    assert(execution.weight < 2000);
    assert(execution.task.kind === "chat");
    assert.deepEqual(execution.task.held?.contentFor(true), []);
    assert.deepEqual(execution.task.held?.contentFor(false), []);
  });

  it("is held to the end of its execution if it is a call of a model", () => {
    const { log } = setUp();
    const call: ModelCall = {
      kind: "embed",
      request: { model: "small", input: ["x".repeat(2 * MANY), "x".repeat(MANY)] },
      onResult: () => undefined,
    };
    const held = new HeldTurn({ content: [], call });
    const task: ChatTask = { kind: "chat", command: "kiro.engines.local.embed", args: [], prompt: "", held };
    const execution = log.create(task, "local", { origin: "program", principal: owner });
    execution.start();
    log.releaseInput(execution);
    assert.equal(held.call, call);
    assert.throws(() => log.create({ kind: "command", command: "test.echo", args: ["One more"] }, "editor"), {
      code: "RATE_LIMIT_EXCEEDED",
    });
    log.release(execution);
    assert.deepEqual([held.call, held.weight], [undefined, 0]);
    log.create({ kind: "command", command: "test.echo", args: ["One more"] }, "editor");
  });

  it("leads to nothing of its gateway once it was released", () => {
    const tools: LentTools = { serverName: "client", url: "", headers: {}, toolNames: [], onDidPark: noEvent };
    let count = 0;
    const held = new HeldTurn({ content, tools, onReady: () => void count++ });
    const agent = { sessionId: "one", isNewConversation: true, takesTools: true };
    held.tellReady(agent);
    assert.equal(held.tools, tools);
    held.release();
    held.tellReady(agent);
    assert.equal(held.tools, undefined);
    assert.equal(count, 1);
  });
});
