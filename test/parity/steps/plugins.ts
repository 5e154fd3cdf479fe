import { BusClient } from "../../support/plugins/busClient.ts";
import { until } from "../../support/until.ts";
import { at, call, type ParityStep } from "../../support/parity/parityCalls.ts";
import type { ParityHost } from "../../support/parity/parityHost.ts";

const post = (host: ParityHost, body: object) => call(host, "/api/kiro/bus", { body });

const open = (host: ParityHost, name: string) =>
  BusClient.open({ port: Number(new URL(host.url).port) }, { query: { name }, token: host.token });

/** The message bus of plugins, its requests, and the routing. */
export const pluginSteps: readonly ParityStep[] = [
  {
    name: "delivers what a program publishes to a plugin that subscribes",
    make: async (host) => {
      const plugin = await open(host, "parity");
      await plugin.do({ op: "subscribe", subscription: 1, pattern: "plugin/parity/**" });
      const message = { topic: "plugin/parity/events", payload: { eventType: "done" } };
      const { status } = await post(host, { op: "publish", message });
      await until(() => plugin.messages.length === 1);
      await plugin.close();
      return { status, payload: at(plugin.messages[0], "payload") };
    },
    expected: { status: 200, payload: { eventType: "done" } },
  },
  {
    name: "passes a request to the plugin that answers it",
    make: async (host) => {
      const plugin = await open(host, "answering");
      await plugin.do({ op: "subscribe", subscription: 1, pattern: "plugin/answering/rpc" });
      const asked = post(host, { op: "request", message: { topic: "plugin/answering/rpc", payload: { add: [1, 2] } } });
      await until(() => plugin.messages.length === 1);
      const correlationId = String(at(plugin.messages[0], "correlationId"));
      await plugin.do({ op: "respond", correlationId, payload: { sum: 3 } });
      const { status, text } = await asked;
      await plugin.close();
      return { status, hasResult: text.includes('{"sum":3}') };
    },
    expected: { status: 200, hasResult: true },
  },
  {
    name: "says that nobody answers a request",
    make: async (host) => {
      const { status, body } = await post(host, {
        op: "request",
        message: { topic: "plugin/nobody/rpc", payload: {} },
      });
      return { status, code: body["code"] };
    },
    expected: { status: 404, code: "NOT_FOUND" },
  },
];
