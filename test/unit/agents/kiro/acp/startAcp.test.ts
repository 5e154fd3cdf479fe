import assert from "node:assert/strict";
import { acpStarter, type AcpOptions } from "../../../../../src/agents/kiro/acp/startAcp.ts";
import { AcpUnusable } from "../../../../../src/agents/startAgent.ts";
import { BridgeError } from "../../../../../src/protocol/errors.ts";
import { expectedAnswer } from "../../../../fixtures/simulator/answers.ts";
import { until } from "../../../../support/until.ts";
import { acpOptions, HeardTurn, simulator, withAgent } from "./simulatedAcp.ts";
import { SimulatorLog } from "./simulatorLog.ts";
import { causeOf, type UnavailableCause } from "../../../../../src/protocol/unavailable.ts";

const never = new AbortController().signal;
const request = { workspacePath: process.cwd() };
const generous = { initializeMs: 60_000, newSessionMs: 60_000, loadSessionMs: 60_000 };
/** For a CLI that never answers, so that it makes no difference how busy the machine is. */
const short = { newSessionMs: 300, loadSessionMs: 300 };

describe("Starting kiro-cli acp", () => {
  const log = new SimulatorLog();
  after(() => log.assertAllGone());

  const options = (scenario: string, more: Partial<AcpOptions> = {}): AcpOptions =>
    acpOptions(
      { ...log.env, ...(scenario !== "" && { FAKE_KIRO_SCENARIO: scenario }) },
      { startLimits: { ...generous, ...(scenario.endsWith("-hang") && short) }, ...more },
    );

  /** Starts, and must fail with that reason; afterwards nothing is left. */
  async function fails(starting: AcpOptions, reason: string, cause: UnavailableCause): Promise<BridgeError> {
    const error: unknown = await acpStarter(starting)(request, never).catch((thrown: unknown) => thrown);
    assert(error instanceof BridgeError, String(error));
    assert.deepEqual([error.code, error.context?.["reason"]], ["KIRO_UNAVAILABLE", reason]);
    assert.equal(causeOf(error), cause);
    return error;
  }

  it("distinguishes the failures, and leaves no process behind", async () => {
    const missing = { ...simulator(), command: "/no/such/kiro-cli" };
    const [late] = await Promise.all([
      fails(options("new-hang"), "not_responding", "cli-not-responding"),
      fails(options("auth"), "not_logged_in", "cli-signed-out"),
      fails(options("logged-out"), "not_logged_in", "cli-signed-out"),
      fails(options("crash-start"), "not_running", "cli-broken"),
      fails(options("", { program: missing }), "not_installed", "cli-missing"),
    ]);
    assert.match(late.message, /no response to session\/new within 300 ms/u);
    assert.deepEqual(log.survivors(), []);
  });

  it("reports when the CLI does not support ACP, so that another transport may be tried", async () => {
    const deaf = { ...options("stdin-slow"), startLimits: { ...generous, initializeMs: 400 } };
    const errors = await Promise.all([
      fails(options("bad-version"), "not_responding", "cli-incompatible"),
      fails(options("", { flags: ["--no-such-flag"] }), "not_responding", "cli-incompatible"),
      fails(deaf, "not_responding", "cli-not-responding"),
    ]);
    const isPassing = errors.map((error) => error instanceof AcpUnusable && error.mayPass);
    assert.deepEqual(isPassing, [false, false, true]);
    for (const error of errors) assert(error instanceof AcpUnusable);
    assert.deepEqual(log.survivors(), []);
  });

  it("reports the exit of a CLI that ended before it read its input", async () => {
    // More than a pipe holds, so that the writing fails.
    const long = { clientVersion: "0".repeat(1_000_000) };
    await fails({ ...options("logged-out"), ...long }, "not_logged_in", "cli-signed-out");
    const old = options("", { flags: ["--no-such-flag"], ...long });
    const error = await fails(old, "not_responding", "cli-incompatible");
    assert(error instanceof AcpUnusable && !error.mayPass);
    assert.deepEqual(log.survivors(), []);
  });

  it("rejects an agent that the CLI does not know", async () => {
    const starting = options("", { flags: ["--agent", "missing"], kiroAgent: "missing" });
    await assert.rejects(acpStarter(starting)(request, never), { code: "CONFIGURATION_ERROR" });
    assert.deepEqual(log.survivors(), []);
  });

  it("is abandoned when its signal aborts, and ends its process", async () => {
    const stop = new AbortController();
    const before = log.records("stdin").length;
    const starting = acpStarter(options("new-hang", { startLimits: generous }))(request, stop.signal);
    await until(() => log.records("stdin").length === before + 2, "the request for a session");
    stop.abort(new Error("enough"));
    await assert.rejects(starting, /enough/u);
    assert.deepEqual(log.survivors(), []);
  });

  it("resumes an earlier conversation, without returning its history as an answer", async () => {
    await withAgent(
      options("load"),
      async ({ agent, isResumed, resumeId }) => {
        assert.deepEqual([isResumed, resumeId], [true, "earlier-session"]);
        const turn = new HeardTurn();
        await agent.prompt("Go on", turn, never);
        assert.equal(turn.stdout, expectedAnswer(2, "Go on", 20));
      },
      "earlier-session",
    );
  });

  for (const scenario of ["normal", "load-locked", "load-hang", "load-exit"]) {
    it(`starts a new conversation when the earlier one is not available (${scenario === "normal" ? "unknown" : scenario})`, async () => {
      await withAgent(
        options(scenario),
        async ({ agent, isResumed, resumeId }) => {
          assert.equal(isResumed, false);
          assert.notEqual(resumeId, "earlier-session");
          const turn = new HeardTurn();
          await agent.prompt("Begin", turn, never);
          assert.equal(turn.stdout, expectedAnswer(1, "Begin", 20));
        },
        "earlier-session",
      );
    });
  }

  it("ends even a process that ignores the end of its input and SIGTERM", async () => {
    const stubborn = ["no-eof-exit", "deaf"].map((scenario) =>
      withAgent(options(scenario), async ({ agent }) => {
        const turn = new HeardTurn();
        await agent.prompt("Hello", turn, never);
        assert.equal(turn.stdout, expectedAnswer(1, "Hello", 20));
      }),
    );
    await Promise.all(stubborn);
    assert.deepEqual(log.survivors(), []);
  });

  it("never adds a trust flag", () => {
    const starts = log.records("start");
    assert(starts.length > 0);
    for (const { argv } of starts) assert(!JSON.stringify(argv).includes("trust"));
  });
});
