import assert from "node:assert/strict";
import { Policy } from "../../../../src/core/commands/policy.ts";
import type { FakePrincipal } from "../../../support/fakePrincipals.ts";
import { until } from "../../../support/until.ts";
import { type McpRig, startMcpRig, untilCancelled, versions } from "./mcpRig.ts";

const editorContext = {
  folders: [{ name: "project", path: "/project" }],
  visibleEditors: [],
  diagnostics: { files: 0, error: 0, warning: 0, information: 0, hint: 0 },
};

describe("The tools of the bridge", () => {
  let rig: McpRig;

  beforeEach(async () => {
    rig = await startMcpRig({
      policy: new Policy(["*"], ["secret.*"]),
      commands: {
        "editor.action.formatDocument": () => "formatted",
        "test.object": () => ({ a: [1, 2] }),
        "test.fail": () => Promise.reject(new Error("It is broken.")),
        "test.long": () => "x".repeat(100_000),
        "secret.show": () => "secret",
        "kiro.editor.context": () => editorContext,
      },
    });
  });

  afterEach(() => rig.store.dispose());

  for (const version of versions) {
    describe(`for a client that speaks ${version}`, () => {
      const connect = (principal?: FakePrincipal) => rig.connect(version, principal);

      it("are twelve, with titles, annotations and the schemas of arguments and results", async () => {
        const { tools } = await (await connect()).listTools();
        assert.deepEqual(
          tools.map(({ name }) => name),
          [
            "search_commands",
            "run_command",
            "editor_context",
            "get_diagnostics",
            "find_symbols",
            "find_references",
            "rename_symbol",
            "ask_agent",
            "list_executions",
            "get_execution",
            "cancel_execution",
            "answer_question",
          ],
        );
        assert.doesNotMatch(JSON.stringify(tools), /\$ref/);
        for (const { name, title, annotations, inputSchema, outputSchema } of tools) {
          assert.ok(title !== undefined && annotations?.readOnlyHint !== undefined, name);
          assert.deepEqual([inputSchema.type, outputSchema?.type], ["object", "object"], name);
        }
      });

      it("run a command once, and return its value", async () => {
        const client = await connect();
        const { content, structuredContent, isError } = await client.call("run_command", { id: "test.object" });
        assert.equal(isError, undefined);
        assert.deepEqual(structuredContent?.["result"], { a: [1, 2] });
        assert.equal(structuredContent?.["status"], "completed");
        assert.deepEqual(content, [{ type: "text", text: '{"a":[1,2]}' }]);
        const [execution, ...others] = rig.bridge.core.executions.all.values();
        assert.deepEqual(others, []);
        assert.equal(execution?.id, structuredContent?.["executionId"]);
        assert.equal(execution?.requestedBy?.principal?.id, "owner");
      });

      it("return the failure of a command as an error of the call", async () => {
        const client = await connect();
        const { content, structuredContent, isError } = await client.call("run_command", { id: "test.fail" });
        assert.equal(isError, true);
        assert.match(content[0]?.text ?? "", /It is broken\./);
        assert.equal(structuredContent?.["status"], "failed");
      });

      it("return what the policy refuses as an error of the call, with its sentence", async () => {
        const client = await connect();
        const { content, isError } = await client.call("run_command", { id: "secret.show" });
        assert.equal(isError, true);
        assert.equal(
          content[0]?.text,
          "Command 'secret.show' is not allowed for programs: kiroBridge.commands.deny contains 'secret.*'.",
        );
        assert.equal(rig.bridge.core.executions.all.size, 0);
      });

      it("look at the commands inside the arguments of another one", async () => {
        const client = await connect();
        const params = [{ commands: ["secret.show"] }];
        const { isError } = await client.call("run_command", { id: "runCommands", params });
        assert.equal(isError, true);
        assert.equal(rig.bridge.core.executions.all.size, 0);
      });

      it("return a missing scope as an error of the call", async () => {
        const client = await connect(rig.principal("viewer", { role: "viewer" }));
        const { content, isError } = await client.call("run_command", { id: "test.object" });
        assert.equal(isError, true);
        assert.equal(content[0]?.text, "This access does not include the scope commands:run.");
      });

      it("say which argument is not valid", async () => {
        const client = await connect();
        const { content, isError } = await client.call("search_commands", { limit: 0 });
        assert.equal(isError, true);
        assert.match(content[0]?.text ?? "", /^limit: /);
      });

      it("do not include one that nobody has made", async () => {
        const client = await connect();
        await assert.rejects(client.call("rm_rf"), /There is no tool "rm_rf"/);
      });

      it("find commands by words, the best match first", async () => {
        const client = await connect();
        const { structuredContent } = await client.call("search_commands", { query: "format document" });
        assert.deepEqual(structuredContent, {
          commands: [{ id: "editor.action.formatDocument", source: "editor", allowed: true }],
          total: 1,
        });
      });

      it("find commands page by page", async () => {
        const client = await connect();
        const ids: unknown[] = [];
        let cursor: unknown;
        do {
          const { structuredContent = {} } = await client.call("search_commands", {
            limit: 3,
            ...(cursor !== undefined && { cursor }),
          });
          ids.push(...(structuredContent["commands"] as { id: string }[]).map(({ id }) => id));
          cursor = structuredContent["nextCursor"];
        } while (cursor !== undefined);
        assert.deepEqual(
          ids,
          rig.bridge.core.catalog.search(undefined, 100).commands.map(({ id }) => id),
        );
      });

      it("suggest similar commands where none matches", async () => {
        const client = await connect();
        const { structuredContent } = await client.call("search_commands", { query: "editor.action.fromatDocument" });
        assert.deepEqual(structuredContent?.["suggestions"], ["editor.action.formatDocument"]);
      });

      it("return a long output in part, with a link to the rest", async () => {
        const client = await connect();
        const { content, structuredContent } = await client.call("run_command", { id: "test.long" });
        const id = String(structuredContent?.["executionId"]);
        assert.ok((content[0]?.text ?? "").length < 40_000);
        assert.equal(structuredContent?.["isOutputCut"], true);
        assert.deepEqual([content[1]?.type, content[1]?.uri], ["resource_link", `bridge://executions/${id}`]);
        const { contents } = await client.readResource({ uri: `bridge://executions/${id}` });
        const { text } = contents[0] as { text: string };
        assert.equal(JSON.parse(text).output.length, 100_000);
      });

      it("look at the editor", async () => {
        const client = await connect();
        const { structuredContent } = await client.call("editor_context");
        assert.deepEqual(structuredContent, editorContext);
      });

      it("ask the agent, in a named conversation", async () => {
        const client = await connect();
        const { content, structuredContent } = await client.call("ask_agent", { prompt: "Hello", session: "mine" });
        assert.deepEqual(content, [{ type: "text", text: "answer to Hello" }]);
        const [execution] = rig.bridge.core.executions.all.values();
        assert.equal(execution?.task.session, "mine");
        assert.equal(structuredContent?.["status"], "completed");
      });

      it("prompt the agent that they name", async () => {
        const client = await connect();
        const { content } = await client.call("ask_agent", { prompt: "Hello", agent: "kiro" });
        assert.deepEqual(content, [{ type: "text", text: "answer to Hello" }]);
        const refused = await client.call("ask_agent", { prompt: "Hello", agent: "nobody" });
        assert.equal(refused.isError, true);
        assert.match(JSON.stringify(refused.content), /is none of kiro/);
      });

      it("report the steps of the agent", async () => {
        rig.agent.turn = async (_task, context) => {
          context.toolCall({ toolCallId: "1", title: "Reading a.txt", status: "in_progress" });
          return { kind: "completed", output: "done" };
        };
        const client = await connect();
        const steps: (string | undefined)[] = [];
        await client.call("ask_agent", { prompt: "Hello" }, { onprogress: ({ message }) => steps.push(message) });
        assert.ok(steps.includes("Reading a.txt"), steps.join());
      });

      it("cancel the execution when the call is cancelled", async () => {
        rig.agent.turn = (_task, context) => untilCancelled(context);
        const client = await connect();
        const stop = new AbortController();
        const failing = assert.rejects(client.call("ask_agent", { prompt: "Hello" }, { signal: stop.signal }));
        await until(() => rig.bridge.core.executions.active.size === 1);
        const [execution] = rig.bridge.core.executions.active;
        stop.abort();
        await failing;
        await execution?.settled;
        assert.equal(execution?.status, "cancelled");
      });

      it("leave alone what ended before it was cancelled", async () => {
        const client = await connect();
        const stop = new AbortController();
        await client.call("run_command", { id: "test.object" }, { signal: stop.signal });
        stop.abort();
        assert.equal((await client.call("run_command", { id: "test.object" })).isError, undefined);
        const statuses = [...rig.bridge.core.executions.all.values()].map(({ status }) => status);
        assert.deepEqual(statuses, ["completed", "completed"]);
      });

      it("list, read and cancel executions", async () => {
        rig.agent.turn = (_task, context) => untilCancelled(context);
        const client = await connect();
        await client.call("run_command", { id: "test.object" });
        const stop = new AbortController();
        void client.call("ask_agent", { prompt: "Hello" }, { signal: stop.signal }).catch(() => undefined);
        await until(() => rig.bridge.core.executions.active.size === 1);
        const [active] = rig.bridge.core.executions.active;
        const executionId = active?.id;
        const listed = await client.call("list_executions", { status: "running" });
        const executions = listed.structuredContent?.["executions"] as Record<string, unknown>[];
        assert.deepEqual(
          executions.map((one) => [one["executionId"], one["command"]]),
          [[executionId, "kiro.cli.chat"]],
        );
        const read = await client.call("get_execution", { executionId });
        assert.equal(read.structuredContent?.["status"], "running");
        const cancelled = await client.call("cancel_execution", { executionId });
        assert.deepEqual(cancelled.structuredContent, { executionId, status: "cancelled", how: "cooperative" });
        const waited = await client.call("get_execution", { executionId, waitSeconds: 10 });
        assert.equal(waited.structuredContent?.["status"], "cancelled");
        stop.abort();
      });

      it("hide the executions of others from a program that may see its own", async () => {
        const owner = await connect();
        const { structuredContent } = await owner.call("run_command", { id: "test.object" });
        const executionId = structuredContent?.["executionId"];
        const client = await connect(rig.principal("ci", { role: "ci" }));
        const { content, isError } = await client.call("get_execution", { executionId });
        assert.deepEqual([isError, content[0]?.text], [true, "There is no execution with this ID."]);
      });
    });
  }
});
