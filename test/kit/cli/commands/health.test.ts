import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { CliBridge } from "../../../support/cli/cliBridge.ts";
import { removeCliBundle } from "../../../support/cli/cliBundle.ts";
import { until } from "../../../support/until.ts";

describe("kiro-bridge health", () => {
  let bridge: CliBridge;
  /** Pending while the page of the window is gone. */
  let reachable = Promise.resolve();
  before(async () => {
    bridge = await CliBridge.start({ workbenchTickMs: 20 });
    bridge.bridge.editor.reachWorkbench = () => reachable;
  });
  beforeEach(() => bridge.publish());
  after(async () => {
    await bridge.dispose();
    await removeCliBundle();
  });

  const health = async (...args: string[]): Promise<{ code: number | null; said: string }> => {
    const { code, stdout, stderr } = await bridge.run(["health", ...args]);
    return { code, said: `${stdout}${stderr}` };
  };

  it("ends with 0 for a healthy bridge, for people and for programs", async () => {
    assert.deepEqual(await health(), { code: 0, said: `The bridge answers at ${bridge.url}.\n` });
    const { code, said } = await health("--json");
    assert.deepEqual([code, JSON.parse(said)], [0, { url: bridge.url, status: "healthy" }]);
  });

  it("sends no token, also if one is published or given", async () => {
    const seen: unknown[] = [];
    const server = createServer(({ headers, url }, response) => {
      seen.push([headers.authorization, url]);
      response.end(JSON.stringify({ status: "healthy", timestamp: new Date().toISOString(), server: {} }));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      await bridge.publish({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
      const { code } = await bridge.run(["health"], { env: { KIRO_BRIDGE_TOKEN: "secret-of-the-user" } });
      assert.equal(code, 0);
      assert.equal(seen.length, 1);
      assert.match(JSON.stringify(seen), /^\[\[null,"\/health/);
      assert.ok(!JSON.stringify(seen).includes("secret-of-the-user"));
    } finally {
      server.close();
    }
  });

  it("ends with 1 for an unhealthy one", async () => {
    const gone = Promise.withResolvers<void>();
    reachable = gone.promise;
    const answers = (status: number) => async () => (await bridge.bridge.call("/health")).status === status;
    await until(answers(503), "a disconnected window");
    try {
      const { code, said } = await health();
      assert.equal(code, 1);
      assert.match(said, /is unhealthy: window_disconnected.*\n.*kiro-bridge doctor/);
    } finally {
      gone.resolve();
      reachable = Promise.resolve();
      await until(answers(200), "a connected window");
    }
  });

  it("ends with 2 if nothing listens, or no bridge is published", async () => {
    const { code, said } = await health("--url", "http://127.0.0.1:1");
    assert.equal(code, 2);
    assert.match(said, /Nothing answers at http:\/\/127\.0\.0\.1:1/);
    await rm(join(bridge.home, "bridge.json"));
    assert.equal((await health()).code, 2);
  });
});
