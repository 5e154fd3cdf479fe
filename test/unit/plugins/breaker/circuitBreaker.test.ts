import assert from "node:assert/strict";
import fc from "fast-check";
import {
  CircuitBreaker,
  type CircuitBreakerOptions,
  type CircuitTransition,
  circuitTopic,
} from "../../../../src/plugins/breaker/circuitBreaker.ts";
import { ManualClock } from "../../../support/windows/manualClock.ts";

const guide = { threshold: 5, timeout: 60_000, halfOpenRetries: 3, monitoringWindow: 300_000 };

function breaker(options: CircuitBreakerOptions = guide) {
  const clock = new ManualClock();
  const transitions: CircuitTransition[] = [];
  const circuit = new CircuitBreaker("your-plugin", options, {
    clock,
    onTransition: (each) => void transitions.push(each),
  });
  const fail = async (times = 1): Promise<void> => {
    for (let n = 0; n < times; n++)
      await assert.rejects(
        circuit.execute(() => Promise.reject(new Error("down"))),
        /down/,
      );
  };
  const succeed = (): Promise<string> => circuit.execute(async () => "up");
  return { clock, circuit, fail, succeed, states: () => transitions.map(({ state }) => state), transitions };
}

/** Calls that are under way until the test settles them. */
function openCalls(circuit: CircuitBreaker) {
  const calls: PromiseWithResolvers<string>[] = [];
  const start = (): Promise<string> =>
    circuit.execute(() => {
      const call = Promise.withResolvers<string>();
      calls.push(call);
      return call.promise;
    });
  return { calls, start };
}

const refused = { code: "KIRO_UNAVAILABLE", message: "Circuit breaker OPEN for plugin: your-plugin" };

describe("A circuit breaker", () => {
  it("opens after the threshold, is half open after the timeout, and closes after as many successes as configured", async () => {
    const { clock, circuit, fail, succeed, states, transitions } = breaker();
    await fail(4);
    assert.equal(circuit.getState(), "closed");
    await fail();
    assert.equal(circuit.getState(), "open");
    await assert.rejects(succeed(), { ...refused, context: { reason: "circuit-open", retryAfterMs: 60_000 } });
    await clock.pass(59_999);
    assert.equal(circuit.getState(), "open");
    await clock.pass(1);
    assert.equal(circuit.getState(), "half_open");
    for (const after of ["half_open", "half_open", "closed"]) {
      assert.equal(await succeed(), "up");
      assert.equal(circuit.getState(), after);
    }
    assert.deepEqual(states(), ["open", "half_open", "closed"]);
    assert.deepEqual(
      transitions.map(({ failures }) => failures),
      [5, 5, 0],
    );
    for (const { timestamp } of transitions) assert.equal(new Date(timestamp).toISOString(), timestamp);
    assert.equal(circuitTopic("your-plugin"), "plugin/your-plugin/circuit-breaker");
  });

  it("counts failures within the window only", async () => {
    const { clock, circuit, fail } = breaker();
    await fail(4);
    await clock.pass(300_000);
    assert.equal(circuit.getFailures(), 0);
    await fail(4);
    assert.equal(circuit.getState(), "closed");
    await fail();
    assert.equal(circuit.getState(), "open");
  });

  it("opens for a service that fails every second time", async () => {
    const { circuit, fail, succeed } = breaker();
    for (let n = 0; n < 5; n++) {
      await fail();
      if (n < 4) await succeed();
    }
    assert.equal(circuit.getState(), "open");
  });

  it("admits as many probes as configured, and refuses further calls", async () => {
    const { clock, circuit, fail } = breaker();
    await fail(5);
    await clock.pass(60_000);
    const { calls, start } = openCalls(circuit);
    const results = Array.from({ length: 20 }, () => start());
    const settled = Promise.allSettled(results);
    assert.equal(calls.length, 3);
    for (const call of calls) call.resolve("up");
    const outcomes = (await settled).map(({ status }) => status);
    assert.equal(outcomes.filter((status) => status === "fulfilled").length, 3);
    assert.equal(circuit.getState(), "closed");
  });

  it("opens again when one of the probes fails", async () => {
    const { clock, circuit, fail, succeed, states } = breaker();
    await fail(5);
    await clock.pass(60_000);
    await succeed();
    await fail();
    assert.equal(circuit.getState(), "open");
    assert.equal(circuit.getFailures(), 6);
    assert.deepEqual(states(), ["open", "half_open", "open"]);
  });

  it("opens again when a probe does not settle in time", async () => {
    const { clock, circuit, fail } = breaker();
    await fail(5);
    await clock.pass(60_000);
    const { calls, start } = openCalls(circuit);
    const probe = start();
    await clock.pass(60_000);
    assert.equal(circuit.getState(), "open");
    calls[0]?.resolve("late");
    assert.equal(await probe, "late");
    assert.equal(circuit.getState(), "open");
  });

  it("stays half open while no probe is under way", async () => {
    const { clock, circuit, fail, succeed } = breaker();
    await fail(5);
    await clock.pass(60_000);
    assert.equal(circuit.getState(), "half_open");
    await clock.pass(600_000);
    const { calls, start } = openCalls(circuit);
    const probe = start();
    assert.equal(circuit.getState(), "half_open");
    calls[0]?.resolve("up");
    await probe;
    await succeed();
    await clock.pass(600_000);
    await succeed();
    assert.equal(circuit.getState(), "closed");
  });

  it("ignores the outcome of calls that began before it opened", async () => {
    const { clock, circuit, fail, succeed } = breaker();
    const { calls, start } = openCalls(circuit);
    const late = [start(), start()];
    await fail(5);
    await clock.pass(60_000);
    await succeed();
    calls[0]?.reject(new Error("late"));
    calls[1]?.resolve("late");
    await Promise.allSettled(late);
    assert.equal(circuit.getState(), "half_open");
    await succeed();
    await succeed();
    assert.equal(circuit.getState(), "closed");
  });

  it("calls the fallback for refused calls only", async () => {
    const { circuit, fail } = breaker();
    let fallbacks = 0;
    const fallback = async (): Promise<string> => `cached ${++fallbacks}`;
    await assert.rejects(
      circuit.execute(() => Promise.reject(new Error("down")), fallback),
      /down/,
    );
    await fail(4);
    assert.equal(await circuit.execute(() => assert.fail("called"), fallback), "cached 1");
    await assert.rejects(
      circuit.execute(
        () => "up",
        () => Promise.reject(new Error("no cache")),
      ),
      /no cache/,
    );
  });

  it("calls the fallback for failures when told so", async () => {
    const { circuit } = breaker({ ...guide, threshold: 1, fallbackOn: "failure" });
    const failing = (): Promise<string> => Promise.reject(new Error("down"));
    assert.equal(await circuit.execute(failing, () => "cached"), "cached");
    assert.equal(circuit.getState(), "open");
    assert.equal(await circuit.execute(failing, () => "cached"), "cached");
  });

  it("counts an operation that throws synchronously", async () => {
    const { circuit } = breaker({ ...guide, threshold: 1 });
    const thrown = circuit.execute((): string => {
      throw new Error("at once");
    });
    await assert.rejects(thrown, /at once/);
    assert.equal(circuit.getState(), "open");
  });

  it("does not count errors that say nothing of the health", async () => {
    const { circuit, fail } = breaker({
      ...guide,
      threshold: 2,
      isFailure: (error) => !String(error).includes("down"),
    });
    await fail(10);
    assert.equal(circuit.getState(), "closed");
  });

  it("gives the place of a probe that says nothing to the next call", async () => {
    const isFailure = (error: unknown): boolean | undefined => (String(error).includes("cancelled") ? undefined : true);
    const { clock, circuit, fail, succeed } = breaker({ ...guide, halfOpenRetries: 1, isFailure });
    await fail(5);
    await clock.pass(60_000);
    for (let n = 0; n < 3; n++) {
      await assert.rejects(
        circuit.execute(() => Promise.reject(new Error("cancelled"))),
        /cancelled/,
      );
      assert.equal(circuit.getState(), "half_open");
    }
    await succeed();
    assert.equal(circuit.getState(), "closed");
  });

  it("refuses options that are not numbers", () => {
    for (const broken of [
      { threshold: 0 },
      { timeout: Number.NaN },
      { halfOpenRetries: -1 },
      { monitoringWindow: 0 },
    ]) {
      assert.throws(() => new CircuitBreaker("p", broken), RangeError);
    }
  });

  it("never admits more than it should, whatever happens", async () => {
    const steps = fc.array(fc.oneof(fc.constantFrom("call", "fail", "succeed"), fc.nat({ max: 70_000 })), {
      maxLength: 80,
    });
    const property = fc.asyncProperty(steps, async (all) => {
      const { clock, circuit, transitions } = breaker();
      const { calls, start } = openCalls(circuit);
      const probes = new Map<number, number>();
      for (const step of all) {
        if (step === "call") {
          const before = calls.length;
          const state = circuit.getState();
          start().catch(() => undefined);
          if (calls.length > before) {
            assert.notEqual(state, "open");
            const turn = transitions.length;
            if (state === "half_open") probes.set(turn, (probes.get(turn) ?? 0) + 1);
          }
        } else if (typeof step === "number") await clock.pass(step);
        else {
          const call = calls.at(-1);
          if (step === "fail") call?.reject(new Error("down"));
          else call?.resolve("up");
          await Promise.resolve().then(() => undefined);
          await new Promise(setImmediate);
        }
      }
      assert.ok([...probes.values()].every((count) => count <= 3));
      const allowed = ["closed open", "open half_open", "half_open open", "half_open closed"];
      const states = ["closed", ...transitions.map(({ state }) => state)];
      for (const [at, state] of states.slice(1).entries()) assert.ok(allowed.includes(`${states[at]} ${state}`));
    });
    await fc.assert(property, { numRuns: 50 });
  });
});
