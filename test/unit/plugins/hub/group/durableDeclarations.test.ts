import assert from "node:assert/strict";
import { Emitter } from "../../../../../src/base/events.ts";
import { silentLogger } from "../../../../../src/base/logger.ts";
import type { DurableConsumer, DurableTopics } from "../../../../../src/plugins/bus/transport.ts";
import { declareDurable } from "../../../../../src/plugins/hub/group/durableDeclarations.ts";
import type { PluginRecord } from "../../../../../src/plugins/hub/pluginDirectory.ts";

describe("The durable topics of manifests", () => {
  const manifest = {
    name: "a",
    version: "1.0.0",
    communication: {
      messagebus: {
        topics: ["live", { topic: "orders.new", durable: true }],
        subscriptions: ["live", { topic: "orders.*", durable: true, maxDeliver: 2 }, { topic: "b/**", durable: false }],
      },
    },
  };
  const record: PluginRecord = { name: "a", windowId: "1", origin: "user", state: "unapproved", manifest };

  function declareOf(state: PluginRecord["state"], failures = 0) {
    let records: readonly PluginRecord[] = [{ ...record, state }];
    const changed = new Emitter<void>();
    const declared: (string | DurableConsumer)[] = [];
    const durable: Pick<DurableTopics, "declareTopics" | "declareConsumer"> = {
      declareTopics: async (pattern) => {
        if (failures-- > 0) throw new Error("full");
        declared.push(pattern);
      },
      declareConsumer: async (consumer) => void declared.push(consumer),
    };
    const directory = { plugins: () => records, onDidChange: changed.event };
    const declaring = declareDurable({ directory, durable, logger: silentLogger });
    const put = (next: PluginRecord["state"]) => {
      records = [{ ...record, state: next }];
      changed.fire();
    };
    return { declared, put, declaring };
  }

  it("are declared once the user has approved the plugin, and once only", () => {
    const { declared, put } = declareOf("unapproved");
    assert.deepEqual(declared, []);
    put("running");
    put("restarting");
    const backoffMs = [100, 1000, 5000, 30_000];
    assert.deepEqual(declared, ["orders/new", { name: "a", pattern: "orders/*", maxDeliver: 2, backoffMs }]);
  });

  it("are not declared for a plugin that is denied, or that nobody has approved", () => {
    for (const state of ["denied", "manual"] as const) assert.deepEqual(declareOf(state).declared, []);
  });

  it("are declared again after a failure", async () => {
    const { declared, put } = declareOf("running", 1);
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(declared.length, 1);
    put("running");
    assert.equal(declared.length, 2);
  });
});
