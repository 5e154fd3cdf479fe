import assert from "node:assert/strict";
import { Emitter } from "../../../../src/base/events.ts";
import { silentLogger } from "../../../../src/base/logger.ts";
import { BridgeError } from "../../../../src/protocol/errors.ts";
import { BridgeSwitch, type RunningBridge } from "../../../../src/hosting/lifecycle/bridgeSwitch.ts";

function bridge(onDispose: () => Promise<void> = async () => undefined): RunningBridge {
  return { url: "http://127.0.0.1:3001", port: 3001, note: undefined, dispose: onDispose };
}

describe("BridgeSwitch", () => {
  it("never runs two bridges, however fast it is clicked", async () => {
    let alive = 0;
    let most = 0;
    const toggle = new BridgeSwitch(async () => {
      most = Math.max(most, ++alive);
      await new Promise(setImmediate);
      return bridge(async () => void alive--);
    }, silentLogger);
    await Promise.all([toggle.start(), toggle.start(), toggle.restart(), toggle.stop(), toggle.start()]);
    assert.equal(most, 1);
    assert.equal(toggle.state.kind, "on");
    await toggle.dispose();
    assert.equal(alive, 0);
    assert.equal(toggle.state.kind, "off");
  });

  it("shows why it could not start, and tries again", async () => {
    const results = [new Error("port 3001 is held by another program"), bridge()];
    const toggle = new BridgeSwitch(async () => {
      const next = results.shift();
      if (next === undefined || next instanceof Error) throw next;
      return next;
    }, silentLogger);
    const states: string[] = [];
    toggle.onDidChangeState(({ kind }) => states.push(kind));
    await toggle.start();
    assert.deepEqual(toggle.state, { kind: "problem", reason: "port 3001 is held by another program" });
    await toggle.start();
    assert.deepEqual(states, ["starting", "problem", "starting", "on"]);
  });

  it("reports the taken port, if that is the problem", async () => {
    const problems = [
      new BridgeError("CONFIGURATION_ERROR", "It is taken.", { port: 3001, reason: "port_taken" }),
      new BridgeError("CONFIGURATION_ERROR", "No such host.", { port: 3001 }),
    ];
    const toggle = new BridgeSwitch(() => Promise.reject(problems.shift()), silentLogger);
    await toggle.start();
    assert.deepEqual(toggle.state, { kind: "problem", reason: "It is taken.", takenPort: 3001 });
    await toggle.start();
    assert.deepEqual(toggle.state, { kind: "problem", reason: "No such host." });
  });

  it("stops a bridge that has lost its address, and reports the taken port", async () => {
    const lost = new Emitter<Error>();
    const steps: string[] = [];
    const built = bridge(async () => void steps.push("disposed"));
    const toggle = new BridgeSwitch(async () => ({ ...built, onDidFail: lost.event }), silentLogger);
    const { promise: failed, resolve } = Promise.withResolvers<void>();
    toggle.onDidChangeState(({ kind }) => {
      steps.push(kind);
      if (kind === "problem") resolve();
    });
    await toggle.start();
    const error = new BridgeError("CONFIGURATION_ERROR", "It is taken.", { port: 3001, reason: "port_taken" });
    lost.fire(error);
    lost.fire(error);
    await failed;
    assert.deepEqual(toggle.state, { kind: "problem", reason: "It is taken.", takenPort: 3001 });
    assert.deepEqual(steps.slice(1), ["on", "stopping", "disposed", "off", "problem"]);
  });

  it("stops even when a part does not respond", async () => {
    const toggle = new BridgeSwitch(async () => bridge(() => Promise.reject(new Error("stuck"))), silentLogger);
    await toggle.start();
    const why = { reason: "The workspace is not trusted.", hint: "Click to manage workspace trust." };
    await toggle.stop(why);
    assert.deepEqual(toggle.state, { kind: "off", why });
  });

  it("does not start again once it is disposed", async () => {
    const toggle = new BridgeSwitch(async () => bridge(), silentLogger);
    await toggle.dispose();
    await toggle.start();
    assert.equal(toggle.state.kind, "off");
  });
});
