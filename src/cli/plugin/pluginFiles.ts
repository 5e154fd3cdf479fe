import { pluginReadme } from "./pluginReadme.ts";

/** The files of a new plugin, by their paths in its folder. It is plain JavaScript, which needs no build. */
export function pluginFiles(name: string, sdkVersion: string): ReadonlyMap<string, string> {
  return new Map([
    [".claude-plugin/plugin.json", json(manifestOf(name))],
    ["package.json", json(packageOf(name, sdkVersion))],
    [".gitignore", "node_modules/\n"],
    ["main.mjs", mainOf(name)],
    ["plugin.mjs", pluginOf(name)],
    ["test/plugin.test.mjs", testOf(name)],
    ["README.md", pluginReadme(name)],
  ]);
}

function json(value: object): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}

function manifestOf(name: string): object {
  return {
    name,
    version: "0.1.0",
    main: "./main.mjs",
    capabilities: { domains: [], contexts: [], patterns: [], integrations: [] },
    routing: { priority: 100, keywords: [name], contextPatterns: [] },
    communication: {
      messagebus: { enabled: true, topics: [`plugin.${name}.events`], subscriptions: ["system.broadcast"] },
      rpc: { enabled: true, endpoint: `plugin://${name}/rpc`, methods: ["greet", "get_status", "health_check"] },
    },
  };
}

function packageOf(name: string, sdkVersion: string): object {
  return {
    name,
    version: "0.1.0",
    private: true,
    type: "module",
    engines: { node: ">=20.16" },
    scripts: { start: "node main.mjs", test: "node --test" },
    dependencies: { "kiro-bridge": `^${sdkVersion}` },
  };
}

function mainOf(name: string): string {
  return `// Starts the plugin. The editor does so with the address of its bridge and a token of the plugin; in a terminal, the
// bridge is found by its discovery folder.
import { connect } from "kiro-bridge/plugin";
import { startPlugin } from "./plugin.mjs";

if (process.env.KIRO_BRIDGE_PLUGIN_TOKEN === undefined) await connect();
const plugin = await startPlugin();
console.log("${name} is ready.");

for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => plugin.stop());
`;
}

function pluginOf(name: string): string {
  return `import { DistributedStateManager, getMessageBus, MessageType, RPCServer } from "kiro-bridge/plugin";

const NAME = "${name}";

/** Registers what other plugins and programs can call, and announces the plugin. */
export async function startPlugin() {
  const bus = getMessageBus(NAME);
  const state = new DistributedStateManager(NAME);
  const rpc = new RPCServer(\`plugin://\${NAME}/rpc\`);

  rpc.register("greet", async ({ who = "world" } = {}) => {
    state.incrementCounter("greetings");
    await bus.publish({
      topic: \`plugin/\${NAME}/events\`,
      messageType: MessageType.EVENT,
      payload: { eventType: "greeted", who },
    });
    return { text: \`Hello, \${who}!\` };
  });
  rpc.register("get_status", async () => ({ status: "running", greetings: state.getCounter("greetings") }));
  rpc.register("health_check", async () => ({ status: "healthy" }));

  bus.subscribe("system/broadcast", async ({ payload }) => console.log("broadcast:", payload));
  await bus.publish({
    topic: \`plugin/\${NAME}/status\`,
    messageType: MessageType.EVENT,
    payload: { status: "ready", timestamp: new Date().toISOString() },
  });

  return { stop: () => bus.clear() };
}
`;
}

function testOf(name: string): string {
  return `// Without a bridge, all plugins of a process have a bus in common.
import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { getMessageBus, resetMessageBus, RPCClient } from "kiro-bridge/plugin";
import { startPlugin } from "../plugin.mjs";

beforeEach(() => resetMessageBus());
afterEach(() => resetMessageBus());

test("greets, and publishes it", async () => {
  const events = [];
  getMessageBus("observer").subscribe("plugin/${name}/events", ({ payload }) => events.push(payload));
  await startPlugin();

  const client = new RPCClient("plugin://${name}/rpc");
  assert.deepEqual(await client.call("greet", { who: "Ada" }), { text: "Hello, Ada!" });
  assert.deepEqual(events, [{ eventType: "greeted", who: "Ada" }]);
  assert.deepEqual(await client.call("get_status"), { status: "running", greetings: 1 });
});
`;
}
