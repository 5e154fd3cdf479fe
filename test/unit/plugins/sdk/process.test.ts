import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { repositoryRoot } from "../../../support/editor/paths.ts";
import { Program, type ProgramEnd } from "../../../support/guides/program.ts";
import { FakeBusServer } from "../../../support/plugins/fakeBusServer.ts";
import { removeFolder, temporaryFolder } from "../../../support/temporaryFolder.ts";

const sdk = pathToFileURL(join(repositoryRoot, "src/plugins/sdk/index.ts")).href;

describe("A process with message buses", () => {
  let folder: string;
  let programs = 0;
  before(async () => {
    folder = await temporaryFolder();
  });
  after(() => removeFolder(folder));

  async function start(code: string, variables: Readonly<Record<string, string>>): Promise<Program> {
    const file = join(folder, `program${programs++}.mjs`);
    await writeFile(file, `import { getMessageBus, RPCClient, RPCServer } from ${JSON.stringify(sdk)};\n${code}`);
    const env = { ...process.env, KIRO_BRIDGE_HOME: folder, ...variables };
    return new Program(process.execPath, ["--disable-warning=ExperimentalWarning", file], { cwd: folder, env });
  }

  describe("without a bridge", () => {
    // The address alone, as in a terminal of the editor, is no reason to connect.
    const variables = { KIRO_BRIDGE_URL: "http://127.0.0.1:1", KIRO_BRIDGE_PLUGIN_TOKEN: "" };
    const run = async (code: string): Promise<ProgramEnd> => (await start(code, variables)).ended;

    it("ends when it has nothing else to do, also with subscriptions and methods", async () => {
      const { code, stdout, stderr } = await run(`
      const bus = getMessageBus("one");
      bus.subscribe("news/*", ({ payload }) => console.log(payload));
      new RPCServer("plugin://one/rpc").register("ping", () => "pong");
      await bus.publish({ topic: "news/a", payload: "hello" });
      console.log(await new RPCClient("plugin://one/rpc").call("ping"));
    `);
      assert.deepEqual([code, stdout, stderr], [0, "hello\npong\n", ""]);
    });

    it("stays alive while it waits for a response", async () => {
      const { code, stdout } = await run(`
      const bus = getMessageBus("one");
      bus.subscribe("plugin/one/request", () => undefined);
      await bus.request({ topic: "plugin/one/request", timeout: 20 }).catch(({ code }) => console.log(code));
    `);
      assert.deepEqual([code, stdout], [0, "OPERATION_TIMEOUT\n"]);
    });

    it("survives failures that nobody waits for, and warns of them", async () => {
      const { code, stdout, stderr } = await run(`
      const bus = getMessageBus("one");
      for (let count = 0; count < 100; count++) bus.publish({ topic: "no topic" });
      bus.respond("unknown");
      bus.subscribe("news", async () => { throw new Error("a handler has failed"); });
      await bus.publish({ topic: "news" });
      setTimeout(() => console.log("alive"), 1);
    `);
      assert.deepEqual([code, stdout], [0, "alive\n"], stderr);
      assert.equal(stderr.split("[VALIDATION_FAILED]").length - 1, 7, stderr);
      assert.equal(stderr.split("[ACCESS_DENIED]").length - 1, 1, stderr);
      assert.match(stderr, /a handler has failed/);
    });
  });

  describe("with a bridge", () => {
    let server: FakeBusServer;
    beforeEach(async () => {
      server = await FakeBusServer.start("token");
    });
    afterEach(() => server.stop());

    const begin = (code: string): Promise<Program> =>
      start(code, { KIRO_BRIDGE_URL: server.url, KIRO_BRIDGE_PLUGIN_TOKEN: "token" });

    it("ends when nothing waits for messages, and leaves the bus", async () => {
      const program = await begin(`await getMessageBus("one").publish({ topic: "news" }); console.log("published");`);
      const { code, stdout, stderr } = await program.ended;
      assert.deepEqual([code, stdout, stderr], [0, "published\n", ""]);
      assert.equal(await server.connections[0]?.closed, 1000);
    });

    it("stays alive with a subscription until it is cleared, by its own handler of a signal", async () => {
      const program = await begin(`
      const bus = getMessageBus("one");
      new RPCServer("plugin://one/rpc").register("ping", () => "pong");
      process.once("SIGTERM", () => bus.clear());
      await bus.publish({ topic: "news" });
      console.log("ready");
    `);
      await program.until(() => program.stdout.includes("ready"), "the publish");
      program.signal("SIGTERM");
      const { code, stderr } = await program.ended;
      assert.deepEqual([code, stderr], [0, ""]);
      assert.equal(await server.connections[0]?.closed, 1000);
    });

    it("is ended by a signal that it does not handle", async () => {
      const program = await begin(`
      const bus = getMessageBus("one");
      bus.subscribe("news", () => undefined);
      await bus.publish({ topic: "news" });
      console.log("ready");
    `);
      await program.until(() => program.stdout.includes("ready"), "the publish");
      program.signal("SIGTERM");
      assert.equal((await program.ended).code, "SIGTERM");
    });

    it("acknowledges messages on the topics that its manifest makes durable", async () => {
      const subscriptions = ["news", { topic: "orders.*", durable: true, maxDeliver: 3, backoffMs: [10, 100] }];
      const manifest = { name: "shop", communication: { messagebus: { subscriptions } } };
      await mkdir(join(folder, ".claude-plugin"), { recursive: true });
      await writeFile(join(folder, ".claude-plugin/plugin.json"), JSON.stringify(manifest));
      const program = await begin(`
        const bus = getMessageBus("shop");
        bus.subscribe("news", () => undefined);
        bus.subscribe("orders/*", () => undefined);
        bus.subscribe("orders.*", () => undefined, { durable: false });
        const other = getMessageBus("other");
        other.subscribe("orders/*", () => undefined);
        await Promise.all([bus.publish({ topic: "ready" }), other.publish({ topic: "ready" })]);
        process.exit();
      `);
      assert.equal((await program.ended).code, 0);
      const optionsOf = (name: string): unknown[] =>
        (server.connections.find(({ query }) => query.get("name") === name)?.operations ?? []).flatMap((operation) =>
          operation.op === "subscribe" ? [operation.options?.durable] : [],
        );
      assert.deepEqual(optionsOf("shop"), [undefined, { maxDeliver: 3, backoffMs: [10, 100] }, false]);
      assert.deepEqual(optionsOf("other"), [undefined]);
    });

    it("ends when the bridge refuses it for good", async () => {
      server.refusal = "ACCESS_DENIED";
      const program = await begin(`getMessageBus("one").subscribe("news", () => undefined);`);
      const { code, stderr } = await program.ended;
      assert.equal(code, 0);
      assert.match(stderr, /ACCESS_DENIED/);
    });
  });
});
