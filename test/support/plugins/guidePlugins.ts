/** A plugin with everything of the plugin guide: messages, calls, state, a breaker and a durable subscription. */
export const backendProgram = `
import { CircuitBreaker, DistributedStateManager, getMessageBus, MessageType, RPCServer } from "kiro-bridge/plugin";

const id = "guide-backend";
const bus = getMessageBus(id);
const rpc = new RPCServer(\`plugin://\${id}/rpc\`);
const breaker = new CircuitBreaker(id, { threshold: 2, timeout: 20, halfOpenRetries: 1, monitoringWindow: 300000 });
const state = new DistributedStateManager(id);
const handled = [];
let isDown = false;

bus.subscribe("jobs/*", async ({ payload }) => {
  if (payload.hangsIn === process.pid) {
    console.log("hangs");
    await new Promise(() => undefined);
  }
  handled.push(payload.job);
}, { durable: { backoffMs: [10] } });

rpc.register("execute_command", async ({ command }, { progress }) => {
  await progress("reading");
  await progress("writing");
  await state.exportState("endpoints", { endpoints: [command] });
  return { done: command };
});
rpc.register("set_down", ({ value }) => { isDown = value; });
rpc.register("work", () => breaker.execute(async () => {
  if (isDown) throw new Error("The service is down.");
  return "worked";
}));
rpc.register("wait", () => {
  console.log("waits");
  return new Promise(() => undefined);
});
rpc.register("handled", () => handled);
rpc.register("pid", () => process.pid);
rpc.register("health_check", () => ({ status: "healthy", latency: 5, errorRate: 0 }));
await bus.publish({ topic: \`plugin/\${id}/status\`, messageType: MessageType.EVENT, payload: { status: "ready" } });
`;

export const backendManifest = {
  name: "guide-backend",
  capabilities: { domains: ["backend"], contexts: ["python"], patterns: ["rest-api"] },
  routing: { keywords: ["endpoint"], contextPatterns: ["**/*.py"] },
  communication: {
    messagebus: { subscriptions: [{ topic: "jobs.*", durable: true }, "system.broadcast"] },
    rpc: { methods: ["execute_command", "set_down", "work", "wait", "handled", "pid", "health_check"] },
  },
  stateManagement: { sharing: { exports: ["endpoints"] } },
};

/** A plugin that reads what the other one shares. */
export const readerProgram = `
import { DistributedStateManager, RPCServer } from "kiro-bridge/plugin";

const state = new DistributedStateManager("guide-reader");
new RPCServer("plugin://guide-reader/rpc").register("read", () => state.importState("guide-backend", "endpoints"));
`;

export const readerManifest = {
  name: "guide-reader",
  communication: { rpc: { methods: ["read"] } },
  stateManagement: { sharing: { imports: ["guide-backend/endpoints"] } },
};
