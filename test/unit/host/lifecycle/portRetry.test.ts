import assert from "node:assert/strict";
import { createServer } from "node:net";
import { silentLogger } from "../../../../src/base/logger.ts";
import { BridgeSwitch, type RunningBridge } from "../../../../src/hosting/lifecycle/bridgeSwitch.ts";
import { PortRetry } from "../../../../src/host/lifecycle/portRetry.ts";
import { BridgeError } from "../../../../src/protocol/errors.ts";
import { isPortFree } from "../../../../src/server/listen/portProbe.ts";

const options = { shortestMs: 1, longestMs: 5 };
const bridge: RunningBridge = { url: "", port: 3001, note: undefined, dispose: async () => undefined };
const taken = new BridgeError("CONFIGURATION_ERROR", "It is taken.", { port: 3001, reason: "port_taken" });

/** A switch that cannot start while another program has the port. */
function makeSwitch(hasPort: () => boolean, error = taken): BridgeSwitch<RunningBridge> {
  return new BridgeSwitch(() => (hasPort() ? Promise.resolve(bridge) : Promise.reject(error)), silentLogger);
}

function until(toggle: BridgeSwitch<RunningBridge>, kind: string): Promise<void> {
  return new Promise((resolve) => toggle.onDidChangeState((state) => state.kind === kind && resolve()));
}

describe("PortRetry", () => {
  it("starts the bridge when the port becomes free, and not before", async () => {
    let starts = 0;
    const looks = [false, false, true];
    const asked: number[] = [];
    const toggle = makeSwitch(() => starts++ > 0);
    const isFree = async (port: number): Promise<boolean> => {
      asked.push(port);
      return looks.shift() ?? true;
    };
    const retry = new PortRetry({ toggle, isPortFree: isFree }, options);
    const on = until(toggle, "on");
    await toggle.start();
    await on;
    assert.deepEqual(asked, [3001, 3001, 3001]);
    assert.equal(starts, 2);
    await retry.dispose();
  });

  it("continues when another program took the port first", async () => {
    let starts = 0;
    const toggle = makeSwitch(() => ++starts > 3);
    const retry = new PortRetry({ toggle, isPortFree: async () => true }, options);
    const on = until(toggle, "on");
    await toggle.start();
    await on;
    assert.equal(starts, 4);
    await retry.dispose();
  });

  it("does not start a bridge that was switched off or has another problem", async () => {
    const asked: number[] = [];
    const looked = Promise.withResolvers<void>();
    const free = Promise.withResolvers<boolean>();
    const isFree = (port: number): Promise<boolean> => {
      asked.push(port);
      looked.resolve();
      return free.promise;
    };
    const toggle = makeSwitch(() => false);
    const retry = new PortRetry({ toggle, isPortFree: isFree }, options);
    await toggle.start();
    await looked.promise;
    await toggle.stop();
    free.resolve(true);
    await new Promise(setImmediate);
    assert.equal(toggle.state.kind, "off");
    assert.deepEqual(asked, [3001]);
    await retry.dispose();

    const other = makeSwitch(() => false, new BridgeError("CONFIGURATION_ERROR", "No such host."));
    const calm = new PortRetry({ toggle: other, isPortFree: () => assert.fail("it asked") }, options);
    await other.start();
    await calm.dispose();
    assert.equal(other.state.kind, "problem");
  });
});

describe("isPortFree", () => {
  it("is false while a program listens on either loopback address, and true afterwards", async () => {
    for (const host of ["127.0.0.1", "::1"]) {
      const server = createServer();
      const hasHost = await new Promise<boolean>((resolve) => {
        server.once("error", () => resolve(false)).listen(0, host, () => resolve(true));
      });
      const address = server.address();
      if (!hasHost || address === null || typeof address === "string") continue;
      assert.equal(await isPortFree(address.port), false);
      await new Promise((resolve) => server.close(resolve));
      assert.equal(await isPortFree(address.port), true);
    }
  });
});
