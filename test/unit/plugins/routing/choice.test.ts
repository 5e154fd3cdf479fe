import assert from "node:assert/strict";
import { BridgeError } from "../../../../src/protocol/errors.ts";
import type { Candidate } from "../../../../src/plugins/routing/candidate.ts";
import { candidate, decide, scoreOf } from "../../../support/plugins/routing.ts";

const ui = candidate("ui-kit", { capabilities: { domains: ["ui", "frontend"] } });
const backend = candidate("backend", { capabilities: { domains: ["backend", "api"] } });
const auth = candidate("auth", { capabilities: { domains: ["authentication"] } });
const database = candidate("database", { capabilities: { domains: ["database"] } });
const all = [ui, backend, auth, database];

/** A plugin that matches "tenant". */
function tenant(name: string, routing: object = {}, more: object = {}): Candidate {
  return candidate(name, { routing: { keywords: ["tenant"], ...routing }, ...more });
}

describe("The choice of a plugin", () => {
  it("is the best, with the next three as fallbacks", () => {
    const plugins = [90, 100, 80, 120, 70].map((priority, at) => tenant(`p${at}`, { priority }));
    const { primaryPlugin, fallbackPlugins } = decide("tenant", plugins);
    assert.deepEqual([primaryPlugin, fallbackPlugins], ["p3", ["p1", "p0", "p2"]]);
  });

  it("has the fallback first that the manifest of the best one names", () => {
    const a = tenant("a", {}, { errorHandling: { fallback: { fallbackPlugin: "c" } } });
    assert.deepEqual(decide("tenant", [a, tenant("b"), tenant("c")]).fallbackPlugins, ["c", "b"]);
  });

  it("is never a plugin without points, and says why there is none", () => {
    const decision = decide("the server", all);
    assert.deepEqual([decision.primaryPlugin, decision.fallbackPlugins], ["backend", []]);
    assert.throws(
      () => decide("Bake bread", all),
      (error: unknown) => {
        assert.ok(error instanceof BridgeError);
        assert.equal(error.code, "NOT_FOUND");
        assert.match(error.message, /no word, file or pattern/);
        const { scores } = error.context as { scores: { plugin: string; score: number }[] };
        assert.deepEqual([...new Set(scores.map(({ score }) => score))], [0]);
        return true;
      },
    );
    assert.throws(() => decide("anything", []), { code: "NOT_FOUND", message: "There is no plugin to route to." });
  });

  it("is the same for the same request, in whatever order the plugins are", () => {
    const plugins = ["c", "a", "b"].map((name) => tenant(name));
    assert.deepEqual(decide("tenant", plugins), decide("tenant", plugins.toReversed()));
    assert.equal(decide("tenant", plugins).primaryPlugin, "a");
  });

  it("obeys canRouteTo and acceptsRoutingFrom", () => {
    const closed = tenant("closed", { acceptsRoutingFrom: ["jira-orchestrator"], priority: 200 });
    const sender = tenant("sender", { canRouteTo: ["open"], priority: 300 });
    const plugins = [closed, tenant("open"), sender, tenant("other")];
    const decision = decide({ text: "tenant", from: "sender" }, plugins);
    assert.deepEqual([decision.primaryPlugin, decision.fallbackPlugins], ["open", []]);
    assert.equal(scoreOf(decision, "closed")?.excluded, "canRouteTo of 'sender' does not have it");
    assert.equal(scoreOf(decision, "sender")?.excluded, "the request comes from this plugin");
    const ofOther = decide({ text: "tenant", from: "other" }, plugins);
    assert.equal(scoreOf(ofOther, "closed")?.excluded, "its acceptsRoutingFrom does not have 'other'");
    assert.equal(
      decide({ text: "tenant", from: "jira-orchestrator" }, [closed, tenant("open")]).primaryPlugin,
      "closed",
    );
  });

  it("lets an empty list allow nobody, a star everybody, and a request of a person everything", () => {
    const none = tenant("none", { acceptsRoutingFrom: [] });
    const any = tenant("any", { acceptsRoutingFrom: ["*"] });
    assert.deepEqual(decide({ text: "tenant", from: "x" }, [none, any]).fallbackPlugins, []);
    assert.deepEqual(decide("tenant", [none, any]).fallbackPlugins, ["none"]);
    const last = tenant("last", { canRouteTo: [] });
    assert.throws(() => decide({ text: "tenant", from: "last" }, [last, any]), { code: "NOT_FOUND" });
  });

  it("leaves out plugins that the caller may not use", () => {
    const exclude = (name: string): string | undefined => (name === "backend" ? "denied" : undefined);
    const decision = decide("the server for the database", all, { exclude });
    assert.equal(decision.primaryPlugin, "database");
    assert.equal(scoreOf(decision, "backend")?.excluded, "denied");
    assert.deepEqual(
      decision.capabilityScores.map(({ plugin }) => plugin),
      ["database", "backend"],
    );
  });
});

describe("The plan of a request about several subjects", () => {
  it("has a phase for each, in the order of their dependencies", () => {
    const { collaborationPlan: plan, executionStrategy } = decide("A login page, its server and its database", all);
    assert.deepEqual(
      plan?.phases.map(({ domain, plugin, dependencies, parallel }) => [domain, plugin, dependencies, parallel]),
      [
        ["backend", "backend", [], true],
        ["database", "database", [], true],
        ["authentication", "auth", ["backend", "database"], false],
        ["frontend", "ui-kit", ["backend", "authentication"], false],
      ],
    );
    assert.deepEqual([executionStrategy, plan?.estimatedDuration], ["mixed_collaboration", 45 * 60_000]);
  });

  it("is parallel if nothing depends on another, and sequential if everything does", () => {
    assert.equal(decide("the server and the database", all).executionStrategy, "parallel_collaboration");
    assert.equal(decide("a login for the page", all).executionStrategy, "sequential_collaboration");
  });

  it("is none if one plugin does everything, or there is one subject", () => {
    assert.equal(decide("fix the ui", all).executionStrategy, "single_plugin");
    assert.equal(decide("the server and the database", [backend]).collaborationPlan, undefined);
  });

  it("has domains without an order of their own last", () => {
    const cron = candidate("cron", { capabilities: { domains: ["automation"] } });
    const { collaborationPlan } = decide("a cron job for the server", [backend, cron]);
    assert.deepEqual(
      collaborationPlan?.phases.map(({ domain }) => domain),
      ["backend", "automation"],
    );
  });

  it("is estimated by complexity, domains and agents", () => {
    const small = decide("the server", all);
    assert.deepEqual(
      [small.classification.complexity, small.estimatedDuration, small.estimatedCost],
      ["simple", 600_000, 0.15],
    );
    const files = Array.from({ length: 11 }, (_, at) => `a${at}.sql`);
    const subtasks = Array.from({ length: 3 }, (_, at) => `step ${at}`);
    const big = decide({ text: "Refactor the server and the database", files, subtasks }, all);
    assert.equal(big.classification.complexity, "complex");
  });

  it("knows urgent requests, and those that can wait", () => {
    const urgencyOf = (text: string): number => decide(text, all).classification.urgency;
    assert.deepEqual(["the server", "the server, ASAP", "the server, no hurry"].map(urgencyOf), [5, 9, 2]);
  });
});
