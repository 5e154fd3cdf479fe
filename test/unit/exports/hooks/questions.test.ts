import assert from "node:assert/strict";
import { join } from "node:path";
import { DisposableStore } from "../../../../src/base/disposables.ts";
import { Policy } from "../../../../src/core/commands/policy.ts";
import type { Receipt } from "../../../../src/exports/delivery/destination.ts";
import { questionPorts } from "../../../../src/exports/hooks/questions.ts";
import { createWebhook } from "../../../../src/exports/hooks/webhook.ts";
import { webhookSchema } from "../../../../src/exports/hooks/webhookSettings.ts";
import { type BridgeEvent, isEnd } from "../../../../src/protocol/events.ts";
import { destinationPorts } from "../../../support/exports/destinationPorts.ts";
import { WebhookPeer, type WebhookPeerOptions } from "../../../support/exports/peers/webhookPeer.ts";
import { simulatedKiro } from "../../../support/simulatedKiro.ts";
import { removeFolder, temporaryFolder } from "../../../support/temporaryFolder.ts";
import { startTestBridge, type TestBridge, type TestBridgeOptions } from "../../../support/testBridge.ts";
import { until } from "../../../support/until.ts";
import { EchoTerminal } from "../../../support/programs/fakeTerminal.ts";
import { fake } from "../../../fixtures/simulator/directive.ts";
import { deniedText } from "../../../fixtures/simulator/answers.ts";

const secret = `whsec_${Buffer.alloc(32, 1).toString("base64")}`;
const running = new AbortController().signal;

/** The body of a question, as far as a receiver needs it. */
interface Asked {
  readonly type: string;
  readonly data: {
    readonly event: { readonly prompt: string; readonly questionId: string; readonly choices: readonly string[] };
    readonly replyUntil: string;
  };
}

describe("The questions of executions, answered by a webhook", () => {
  let store: DisposableStore;
  let bridge: TestBridge;
  let audit: string;
  beforeEach(() => void (store = new DisposableStore()));
  afterEach(() => store.dispose());

  /** A bridge whose Kiro CLI asks before it runs a tool. */
  const start = async (options: TestBridgeOptions = {}) => {
    const folder = await temporaryFolder();
    store.defer(() => removeFolder(folder));
    audit = join(folder, "audit");
    bridge = await startTestBridge({
      audit: { folder: audit },
      createKiro: (events) =>
        simulatedKiro({
          folder,
          isInstalled: true,
          report: (event) => events.append(event),
          terminals: { open: async () => new EchoTerminal() },
        }),
      ...options,
    });
    store.defer(() => bridge.dispose());
  };

  /** Sends the questions of the bridge to a receiver. */
  const hookTo = async (reply: WebhookPeerOptions["reply"]) => {
    const peer = await WebhookPeer.start({ secret, ...(reply && { reply }) });
    store.defer(() => peer[Symbol.asyncDispose]());
    const ports = destinationPorts(store, { name: "phone", secret, ...questionPorts(bridge.core, "phone") });
    const element = { name: "phone", kind: "webhook", url: peer.url.href, content: "all", replies: true };
    const hook = store.add(createWebhook(webhookSchema.parse(element), ports));
    const receipts: Promise<Receipt>[] = [];
    store.add(
      bridge.core.events.onDidAppend((event) => {
        if (event.type !== "user-input-required") return;
        const fact = { id: `w1-e1-${event.eventId}`, at: Date.parse(event.timestamp), event };
        receipts.push(hook.send([fact], running));
      }),
    );
    return { peer, receipts };
  };

  /** Has Kiro ask for a permission. @returns the execution, and its end */
  const ask = async () => {
    const ended = Promise.withResolvers<BridgeEvent>();
    store.add(bridge.core.events.onDidAppend((event) => void (isEnd(event) && ended.resolve(event))));
    const body = { command: `May I ${fake("tool")}`, target: "cli" };
    const { json } = await bridge.execute(body, { Prefer: "respond-async" });
    return { executionId: String(json["executionId"]), ended: ended.promise };
  };

  const auditOf = async (executionId: string) => {
    const { json } = await bridge.call(`/api/kiro/access/audit?executionId=${executionId}&kind=input-answered`);
    const entries = json["entries"] as { principal: object; via: string }[];
    return entries.map(({ principal, via }) => ({ principal, via }));
  };

  const answerOf = async (executionId: string) => (await bridge.call(`/api/kiro/executions/${executionId}`)).json;

  it("let the agent use its tool, as the audit log says of the destination", async () => {
    await start();
    const { peer, receipts } = await hookTo(({ body }) => {
      const { data } = JSON.parse(body) as Asked;
      assert.match(data.event.prompt, /asks for permission: Running: npm test/);
      return { status: 200, body: replyOf(data.event.choices.find((choice) => choice === "Yes")) };
    });
    const { executionId, ended } = await ask();
    assert.equal((await ended).type, "command-completed");
    assert.match((await receipts[0])?.detail ?? "", /Its reply was accepted/);
    const [call] = peer.calls;
    assert.equal(call?.distrust, undefined);
    assert.doesNotMatch(String((await answerOf(executionId))["output"]), new RegExp(deniedText));
    const principal = { id: "export:phone", name: "export:phone", kind: "service" };
    assert.deepEqual(await auditOf(executionId), [{ principal, via: "export" }]);
  });

  it("keep the agent from it if the receiver says so", async () => {
    await start();
    const { receipts } = await hookTo(() => ({ status: 200, body: replyOf("No") }));
    const { executionId, ended } = await ask();
    await ended;
    assert.match((await receipts[0])?.detail ?? "", /Its reply was accepted/);
    assert.equal((await answerOf(executionId))["output"], deniedText);
  });

  it("stay open after a reply that is none of the choices, until the user answers", async () => {
    await start();
    const { receipts } = await hookTo(() => ({ status: 200, body: replyOf("allow_everything") }));
    const { executionId, ended } = await ask();
    await until(() => receipts.length > 0, "the question");
    assert.match((await receipts[0])?.detail ?? "", /not accepted: .*Yes/);
    assert.deepEqual(await auditOf(executionId), []);
    const pending = (await answerOf(executionId))["pendingInput"] as { questionId: string };
    const answer = { executionId, questionId: pending.questionId, value: "No", type: "choice" };
    assert.equal((await bridge.call("/api/kiro/input", { body: answer })).status, 200);
    await ended;
    assert.equal((await answerOf(executionId))["output"], deniedText);
  });

  it("are answered once: a receiver that waits for a person is let go when the user has answered", async () => {
    await start();
    const person = Promise.withResolvers<{ status: number; body: string }>();
    const { peer, receipts } = await hookTo(() => person.promise);
    const { executionId, ended } = await ask();
    const [call] = await peer.received(1);
    const { questionId } = (JSON.parse(call?.body ?? "") as Asked).data.event;
    const answer = { executionId, questionId, value: "Yes", type: "choice" };
    assert.equal((await bridge.call("/api/kiro/input", { body: answer })).status, 200);
    assert.match((await receipts[0])?.detail ?? "", /answered elsewhere/);
    person.resolve({ status: 200, body: replyOf("No") });
    assert.equal((await ended).type, "command-completed");
    assert.doesNotMatch(String((await answerOf(executionId))["output"]), new RegExp(deniedText));
    assert.deepEqual(
      (await auditOf(executionId)).map(({ via }) => via),
      ["http"],
    );
  });

  it("are not answered by a receiver where the user's lists of commands do not allow it", async () => {
    const policy = new Policy(["*"], []);
    await start({ policy });
    const { receipts } = await hookTo(() => {
      policy.reconfigure(["*"], ["kiro.cli.chat"]);
      return { status: 200, body: replyOf("Yes") };
    });
    const { executionId, ended } = await ask();
    await until(() => receipts.length > 0, "the question");
    assert.match((await receipts[0])?.detail ?? "", /not accepted/);
    assert.deepEqual(await auditOf(executionId), []);
    policy.reconfigure(["*"], []);
    await bridge.core.dispatcher.cancel(executionId);
    assert.equal((await ended).type, "command-cancelled");
  });
});

function replyOf(inputValue: string | undefined): string {
  return JSON.stringify({ reply: { inputValue } });
}
