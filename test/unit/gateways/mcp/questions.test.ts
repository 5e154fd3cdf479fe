import assert from "node:assert/strict";
import type { FakePrincipal } from "../../../support/fakePrincipals.ts";
import type { McpClient } from "../../../support/gateways/mcpClients.ts";
import { TestClock } from "../../../support/testClock.ts";
import { until } from "../../../support/until.ts";
import { type McpRig, permission, startMcpRig } from "./mcpRig.ts";
import { ElicitRequestSchema } from "@modelcontextprotocol/sdk/types.js";

type Answer = { action: "accept" | "decline" | "cancel"; content?: Record<string, string> };

describe("A question of an execution", () => {
  let rig: McpRig;
  let asked: string[];
  let answer: () => Answer | Promise<Answer>;
  let client: FakePrincipal;

  beforeEach(async () => {
    rig = await startMcpRig({ inputTimeoutMs: 60_000 });
    asked = [];
    answer = () => ({ action: "accept", content: { answer: "Yes" } });
    rig.agent.turn = async (_task, context) => ({
      kind: "completed",
      output: `you said ${await context.ask(permission)}`,
    });
    client = rig.principal("asking", { scopes: ["agents:prompt", "inputs:answer:own"] });
  });

  afterEach(() => rig.store.dispose());

  const capabilities = { elicitation: { form: {} } };
  const ask = async (message: string): Promise<Answer> => {
    asked.push(message);
    return answer();
  };
  const connections: Record<string, (principal?: FakePrincipal) => Promise<McpClient>> = {
    "2025-11-25": async (principal = client) => {
      const connected = await rig.session(principal, { capabilities });
      connected.client.setRequestHandler(ElicitRequestSchema, ({ params }) => ask(params.message));
      return connected;
    },
    "2026-07-28": async (principal = client) => {
      const connected = await rig.modern(principal, { capabilities });
      connected.client.setRequestHandler("elicitation/create", ({ params }) => ask(params.message));
      return connected;
    },
  };

  for (const [version, connect] of Object.entries(connections)) {
    describe(`for a client that speaks ${version}`, () => {
      it("is asked to its user, and its answer goes to the execution", async () => {
        const { content } = await (await connect()).call("ask_agent", { prompt: "Hello" });
        assert.deepEqual(content, [{ type: "text", text: "you said Yes" }]);
        assert.deepEqual(asked, ["May the tool run?\nYes: Run it\nNo: Do not run it"]);
        assert.equal(rig.bridge.core.executions.all.size, 1);
      });

      it("is asked again if there is another one", async () => {
        rig.agent.turn = async (_task, context) => {
          const first = await context.ask(permission);
          const second = await context.ask({ prompt: "Why?", inputType: "text", safeAnswer: "-" });
          return { kind: "completed", output: `${first}, ${second}` };
        };
        const answers = ["No", "Because"];
        answer = () => ({ action: "accept", content: { answer: answers.shift() ?? "" } });
        const { content } = await (await connect()).call("ask_agent", { prompt: "Hello" });
        assert.deepEqual(content, [{ type: "text", text: "No, Because" }]);
        assert.equal(asked.length, 2);
      });

      it("is rejected if the user declines", async () => {
        answer = () => ({ action: "decline" });
        const { content } = await (await connect()).call("ask_agent", { prompt: "Hello" });
        assert.deepEqual(content, [{ type: "text", text: "you said No" }]);
      });

      it("waits for others if the user only closes it", async () => {
        answer = () => ({ action: "cancel" });
        const { content, structuredContent, isError } = await (await connect()).call("ask_agent", { prompt: "Hello" });
        assert.equal(isError, undefined);
        assert.equal(structuredContent?.["status"], "waiting-input");
        assert.match(content[0]?.text ?? "", /waits for an answer to: May the tool run\?.*The user answers/);
        const [execution] = rig.bridge.core.executions.active;
        assert.equal(execution?.status, "waiting-input");
      });

      it("is not asked to a program that may not answer it", async () => {
        const { structuredContent } = await (await connect(rig.principal("mute", { scopes: ["agents:prompt"] }))).call(
          "ask_agent",
          { prompt: "Hello" },
        );
        assert.deepEqual([structuredContent?.["status"], asked], ["waiting-input", []]);
      });

      it("is denied when its time is over, and the call goes on", async () => {
        const clock = new TestClock();
        rig.store.defer(() => clock.release());
        answer = () => new Promise(() => undefined);
        const calling = (await connect()).call("ask_agent", { prompt: "Hello" }, { timeout: 600_000 });
        await until(() => asked.length === 1);
        const [execution] = rig.bridge.core.executions.active;
        clock.pass(60_000);
        await execution?.settled;
        assert.equal(execution?.output.text, "you said No");
        // A client since 2026-07-28 still asks its user.
        if (version === "2025-11-25")
          assert.deepEqual((await calling).content, [{ type: "text", text: "you said No" }]);
        else calling.catch(() => undefined);
      });

      it("is taken back when another program has answered", async () => {
        const { promise, resolve } = Promise.withResolvers<Answer>();
        answer = () => promise;
        const calling = (await connect()).call("ask_agent", { prompt: "Hello" });
        await until(() => asked.length === 1);
        const [execution] = rig.bridge.core.executions.active;
        const executionId = execution?.id ?? "";
        rig.bridge.core.dispatcher.answer({ executionId, type: "choice", value: "No" });
        await execution?.settled;
        resolve({ action: "accept", content: { answer: "Yes" } });
        assert.deepEqual((await calling).content, [{ type: "text", text: "you said No" }]);
      });
    });
  }

  describe("answered by the tool", () => {
    it("goes on with the answer of another program that may answer", async () => {
      const mute = await rig.modern(rig.principal("mute", { scopes: ["agents:prompt"] }));
      const { structuredContent = {} } = await mute.call("ask_agent", { prompt: "Hello" });
      const { executionId, question } = structuredContent;
      const { questionId } = question as { questionId: string };
      const approver = await rig.modern(rig.principal("approver", { role: "operator" }));
      const answered = await approver.call("answer_question", { executionId, questionId, value: "Yes" });
      assert.deepEqual(answered.structuredContent, { executionId, questionId });
      const { content } = await mute.call("get_execution", { executionId, waitSeconds: 10 });
      assert.deepEqual(content, [{ type: "text", text: "you said Yes" }]);
      const again = await approver.call("answer_question", { executionId, questionId, value: "Yes" });
      assert.equal(again.isError, true);
    });

    it("is refused to the program that has asked the agent, and to one without the scope", async () => {
      const operator = await rig.modern(rig.principal("operator", { role: "operator" }));
      const { structuredContent = {} } = await operator.call("ask_agent", { prompt: "Hello" });
      const { executionId, question } = structuredContent;
      const { questionId } = question as { questionId: string };
      const args = { executionId, questionId, value: "Yes" };
      const own = await operator.call("answer_question", args);
      assert.equal(own.isError, true);
      assert.match(own.content[0]?.text ?? "", /cannot answer its questions/);
      const other = await (await rig.modern(client)).call("answer_question", args);
      assert.equal(other.content[0]?.text, "This access does not include the scope inputs:answer.");
      const [execution] = rig.bridge.core.executions.active;
      assert.equal(execution?.status, "waiting-input");
    });
  });
});
