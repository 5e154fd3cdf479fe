import assert from "node:assert/strict";
import { noEvent } from "../../../src/base/events.ts";
import { HeldTurn } from "../../../src/core/executions/heldTurn.ts";
import type { LentTools, ReadyAgent, TurnInput } from "../../../src/core/commands/turnInput.ts";
import { BridgeError } from "../../../src/protocol/errors.ts";
import { setUpSessions, workspacePath } from "./sessionsRig.ts";

const text = (words: string): TurnInput["content"] => [{ type: "text", text: words }];

function ask(content: string, more: Partial<TurnInput> = {}): HeldTurn {
  return new HeldTurn({ content: text(content), ...more });
}

function lent(url: string): LentTools {
  return { serverName: "client", url, headers: { Authorization: "Bearer 1" }, toolNames: ["bash"], onDidPark: noEvent };
}

describe("Sessions with the input of gateways", () => {
  it("send everything to an agent that has no memory, and only the new part to one that has", async () => {
    const { fakes, run } = setUpSessions();
    const ready: ReadyAgent[] = [];
    const onReady = (agent: ReadyAgent): void => void ready.push(agent);
    const say = (part: string): Promise<unknown> =>
      run("a", ask(`ok ${part}`, { recall: text(`ok all, ${part}`), onReady }));
    await say("one");
    await say("two");
    await assert.rejects(run("a", ask("crash")));
    await say("three");
    assert.deepEqual(
      fakes.agents.map(({ prompts }) => prompts),
      [["ok all, one", "ok two", "crash"], ["ok all, three"]],
    );
    assert.deepEqual(
      ready.map(({ sessionId, isNewConversation }) => [sessionId, isNewConversation]),
      [
        ["sess-1", true],
        ["sess-1", false],
        ["sess-1", true],
      ],
    );
  });

  it("send the content to a new conversation if there is nothing to recall", async () => {
    const { fakes, run } = setUpSessions();
    await run("a", ask("ok"));
    assert.deepEqual(fakes.last.prompts, ["ok"]);
  });

  it("tell the gateway before the turn begins, which may end it so that nothing is sent", async () => {
    const { fakes, run } = setUpSessions();
    const gone = new BridgeError("CONFLICT", "The client has gone.");
    const onReady = (): void => {
      assert.deepEqual(fakes.last.prompts, []);
      throw gone;
    };
    await assert.rejects(run("a", ask("ok one", { recall: text("ok all"), onReady })), gone);
    assert.deepEqual([fakes.last.prompts, fakes.last.isUsable], [[], true]);
    // It has still been told nothing of the conversation.
    assert.equal((await run("a", ask("ok two", { recall: text("ok all, two") }))).isNewConversation, true);
    assert.deepEqual(
      fakes.agents.map(({ prompts }) => prompts),
      [["ok all, two"]],
    );
  });

  it("do not resume a conversation in which nothing was said", async () => {
    const { fakes, run, sessions } = setUpSessions();
    const refusing = ask("ok", {
      onReady: () => {
        throw new BridgeError("CONFLICT");
      },
    });
    await assert.rejects(run("a", refusing));
    await sessions.find({ workspacePath, name: "a" })?.yieldSlot();
    const { isNewConversation } = await run("a", ask("ok"));
    assert.deepEqual([isNewConversation, fakes.last.request.resumeId, fakes.agents.length], [true, undefined, 2]);
  });

  it("reject what the agent cannot take before the gateway hears of it", async () => {
    const { fakes, run } = setUpSessions();
    const image = { type: "image", mimeType: "image/png", data: "AA==" } as const;
    const onReady = (): void => assert.fail("it was accepted");
    const turn = new HeldTurn({ content: [image], onReady });
    await assert.rejects(run("a", turn), { code: "VALIDATION_FAILED" });
    assert.deepEqual([fakes.last.prompts, fakes.last.isUsable], [[], true]);
  });

  it("give the lent tools to each process of the session, also for turns that lend none", async () => {
    const { fakes, run, sessions } = setUpSessions();
    const tools = lent("http://127.0.0.1:1/lent/1");
    await run("a", ask("ok", { tools }));
    await run("a", ask("ok", { tools: lent("http://127.0.0.1:1/lent/1") }));
    await run("a", "ok");
    assert.equal(fakes.agents.length, 1);
    await sessions.find({ workspacePath, name: "a" })?.yieldSlot();
    await run("a", "ok");
    assert.deepEqual(
      fakes.agents.map(({ request }) => request.tools),
      [tools, tools],
    );
  });

  it("replace the process for other tools, in the same conversation", async () => {
    const { fakes, run, sessions } = setUpSessions();
    await run("a", ask("ok"));
    for (const url of ["http://127.0.0.1:1/lent/1", "http://127.0.0.1:1/lent/2"]) {
      const { isNewConversation } = await run("a", ask("ok", { tools: lent(url) }));
      assert.deepEqual([isNewConversation, fakes.last.request.tools?.url], [false, url]);
    }
    assert.deepEqual(
      fakes.agents.map(({ request, isDisposed }) => [request.resumeId, isDisposed]),
      [
        [undefined, true],
        ["cli-1", true],
        ["cli-2", false],
      ],
    );
    assert.deepEqual([sessions.live, sessions.list()[0]?.restarts], [1, 0]);
  });

  it("select the model of a turn, and of later ones that name none, also in another process", async () => {
    const { fakes, run, sessions } = setUpSessions();
    await run("a", ask("ok"));
    await run("a", ask("ok", { model: "small" }));
    await run("a", "ok");
    await sessions.find({ workspacePath, name: "a" })?.yieldSlot();
    await run("a", ask("ok"));
    assert.deepEqual(
      fakes.agents.map(({ usedModels }) => usedModels),
      [["small", "small"], ["small"]],
    );
  });

  it("reject an unknown model before the gateway hears of it, and forget it", async () => {
    const { fakes, run } = setUpSessions();
    const onReady = (): void => assert.fail("it was accepted");
    await assert.rejects(run("a", ask("ok", { model: "unknown", onReady })), { code: "NOT_FOUND" });
    await run("a", ask("ok two"));
    assert.deepEqual(
      fakes.agents.map(({ prompts }) => prompts),
      [["ok two"]],
    );
  });

  it("keep the process of an agent that takes no tools, and say so", async () => {
    const { fakes, run } = setUpSessions();
    await run("a", ask("ok"));
    fakes.last.takesTools = false;
    const ready: ReadyAgent[] = [];
    const onReady = (agent: ReadyAgent): void => void ready.push(agent);
    await run("a", ask("ok", { tools: lent("http://127.0.0.1:1/lent/1"), onReady }));
    assert.deepEqual([fakes.agents.length, ready[0]?.takesTools], [1, false]);
  });
});
