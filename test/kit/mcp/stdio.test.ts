import assert from "node:assert/strict";
import { Client as ModernClient } from "@modelcontextprotocol/client";
import { StdioClientTransport as ModernTransport } from "@modelcontextprotocol/client/stdio";
import { Client as SessionClient } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport as SessionTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { ElicitRequestSchema } from "@modelcontextprotocol/sdk/types.js";
import * as z from "zod";
import { DisposableStore } from "../../../src/base/disposables.ts";
import { fake } from "../../fixtures/simulator/directive.ts";
import { CliBridge } from "../../support/cli/cliBridge.ts";
import { cliBundle, removeCliBundle } from "../../support/cli/cliBundle.ts";
import { CliProcess } from "../../support/cli/cliProcess.ts";
import { removeFolder, temporaryFolder } from "../../support/temporaryFolder.ts";
import { until } from "../../support/until.ts";

const info = { name: "test-client", version: "1.0.0" };
const capabilities = { elicitation: { form: {} } };
const resultSchema = z.looseObject({
  content: z.array(z.looseObject({ text: z.string().optional() })),
  structuredContent: z.looseObject({ status: z.string().optional(), result: z.unknown().optional() }).optional(),
  isError: z.boolean().optional(),
});

interface StdioClient {
  tools(): Promise<string[]>;
  call(name: string, args: Record<string, unknown>, signal?: AbortSignal): Promise<z.infer<typeof resultSchema>>;
}

describe("kiro-bridge mcp", () => {
  let store: DisposableStore;
  let home: string;
  let bridge: CliBridge;
  let runs: number;
  let held: PromiseWithResolvers<string>;

  beforeEach(async () => {
    store = new DisposableStore();
    runs = 0;
    held = Promise.withResolvers();
    bridge = await startBridge();
    home = bridge.home;
  });

  afterEach(() => store.dispose());
  after(removeCliBundle);

  async function startBridge(): Promise<CliBridge> {
    const commands = {
      "test.echo": (text: unknown) => text,
      "test.held": () => {
        runs++;
        return held.promise;
      },
    };
    return store.add(await CliBridge.start({ commands }));
  }

  /** Starts another bridge, which is published in the place of the first one. */
  async function restart(): Promise<void> {
    await bridge.bridge.dispose();
    bridge = await startBridge();
    await bridge.publish({}, "bridge.json", home);
  }

  const program = async (env: Readonly<Record<string, string>> = {}) => ({
    command: process.execPath,
    args: [await cliBundle(), "mcp"],
    env: { PATH: process.env["PATH"] ?? "", KIRO_BRIDGE_HOME: home, ...env },
    stderr: "pipe" as const,
  });

  async function modern(env?: Readonly<Record<string, string>>): Promise<StdioClient> {
    const client = new ModernClient(info, { capabilities, versionNegotiation: { mode: { pin: "2026-07-28" } } });
    client.setRequestHandler("elicitation/create", () => ({ action: "accept", content: { answer: "Yes" } }));
    await client.connect(new ModernTransport(await program(env)));
    store.defer(() => client.close());
    return {
      tools: async () => (await client.listTools()).tools.map(({ name }) => name),
      call: async (name, args, signal) =>
        resultSchema.parse(await client.callTool({ name, arguments: args }, { ...(signal && { signal }) })),
    };
  }

  async function session(env?: Readonly<Record<string, string>>): Promise<StdioClient> {
    const client = new SessionClient(info, { capabilities });
    client.setRequestHandler(ElicitRequestSchema, () => ({ action: "accept", content: { answer: "Yes" } }));
    await client.connect(new SessionTransport(await program(env)));
    store.defer(() => client.close());
    return {
      tools: async () => (await client.listTools()).tools.map(({ name }) => name),
      call: async (name, args, signal) =>
        resultSchema.parse(await client.callTool({ name, arguments: args }, undefined, { ...(signal && { signal }) })),
    };
  }

  async function statusOfLast(): Promise<unknown> {
    const { json } = await bridge.bridge.call("/api/kiro/executions?limit=1");
    return z.object({ executions: z.array(z.object({ status: z.string() })) }).parse(json).executions[0]?.status;
  }

  for (const [version, connect] of Object.entries({ "2025-11-25": session, "2026-07-28": modern })) {
    describe(`with a client that speaks ${version}`, () => {
      it("lists the tools, and calls them", async () => {
        const client = await connect();
        assert.ok((await client.tools()).includes("run_command"));
        const { structuredContent, content } = await client.call("run_command", {
          id: "test.echo",
          params: ["hello"],
        });
        assert.deepEqual([structuredContent?.status, content[0]?.text], ["completed", "hello"]);
      });

      it("passes questions of the bridge to the client, and its answers back", async () => {
        const client = await connect();
        const { structuredContent, content } = await client.call("ask_agent", { prompt: `${fake("tool")} Please` });
        assert.equal(structuredContent?.status, "completed", content[0]?.text);
      });

      it("cancels a call in the bridge when the client does", async () => {
        const client = await connect();
        const abort = new AbortController();
        const calling = client.call("ask_agent", { prompt: fake("hang") }, abort.signal);
        await bridge.whenRunning();
        abort.abort();
        await assert.rejects(calling);
        await until(async () => (await statusOfLast()) === "cancelled", "the cancelled execution");
      });

      it("goes on after the bridge has started again, at another address", async () => {
        const client = await connect();
        await client.tools();
        await restart();
        const { content } = await client.call("run_command", { id: "test.echo", params: ["again"] });
        assert.equal(content[0]?.text, "again");
        const answer = await client.call("ask_agent", { prompt: `${fake("tool")} Please` });
        assert.equal(answer.structuredContent?.status, "completed");
      });

      it("reports a call that was running when the bridge ended, and does not repeat it", async () => {
        const client = await connect();
        const outcome = client.call("run_command", { id: "test.held" }).then(
          ({ isError, content }) => (isError === true ? (content[0]?.text ?? "") : "completed"),
          (error: unknown) => String(error),
        );
        await until(() => runs === 1);
        await restart();
        assert.match(await outcome, /ended before its response|stopp/);
        assert.equal((await client.call("run_command", { id: "test.echo", params: ["x"] })).isError, undefined);
        assert.equal(runs, 1);
      });
    });
  }

  const handshakes = {
    initialize: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: info },
    "server/discover": {
      _meta: {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": info,
        "io.modelcontextprotocol/clientCapabilities": {},
      },
    },
  };
  for (const [method, params] of Object.entries(handshakes)) {
    const failing = async (env: Readonly<Record<string, string>>, message: RegExp) => {
      const { command, args, env: given } = await program(env);
      const input = `${JSON.stringify({ jsonrpc: "2.0", id: 7, method, params })}\n`;
      const run = CliProcess.program(command, args, { env: given, input, keepsInputOpen: true });
      await run.printed(/^\{"jsonrpc"/);
      run.endInput();
      const { code, stdout } = await run.ended;
      const { id, error } = z
        .object({ id: z.number(), error: z.object({ message: z.string() }) })
        .parse(JSON.parse(stdout));
      assert.deepEqual([code, id], [0, 7]);
      assert.match(error.message, message);
    };

    it(`responds to ${method} that no bridge runs`, async () => {
      const folder = await temporaryFolder();
      store.defer(() => removeFolder(folder));
      await failing({ KIRO_BRIDGE_HOME: folder }, /^No running bridge is published in .*kiro-bridge doctor/);
    });

    it(`responds to ${method} that the token is wrong`, async () => {
      await failing({ KIRO_BRIDGE_TOKEN: "wrong" }, /token/);
    });
  }

  it("ends when the client closes its end, and leaves no session", async () => {
    const { command, args, env } = await program();
    const initialize = { jsonrpc: "2.0", id: 1, method: "initialize", params: handshakes.initialize };
    const run = CliProcess.program(command, args, {
      env,
      input: `nonsense\n${JSON.stringify(initialize)}\n`,
      keepsInputOpen: true,
    });
    await run.printed(/"protocolVersion":"2025-11-25"/);
    run.endInput();
    assert.equal((await run.ended).code, 0);
  });

  it("ends with a message that is larger than the bridge takes", async () => {
    const { command, args, env } = await program();
    const run = CliProcess.program(command, args, {
      env,
      input: "x".repeat(11 * 1024 * 1024),
      keepsInputOpen: true,
    });
    const { code, stderr } = await run.ended;
    assert.equal(code, 0);
    assert.match(stderr, /exceeded maximum size/);
  });
});
