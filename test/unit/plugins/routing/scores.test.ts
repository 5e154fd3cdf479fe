import assert from "node:assert/strict";
import { candidate, decide, healthy, scoreOf } from "../../../support/plugins/routing.ts";

const ui = candidate("ui-kit", { capabilities: { domains: ["ui", "frontend"] } });
const backend = candidate("backend", { capabilities: { domains: ["backend", "api"] } });

describe("The score of a plugin", () => {
  it("is the sum of what matches, and each part is explained", () => {
    const plugin = candidate("fastapi-backend", {
      capabilities: {
        domains: ["backend"],
        contexts: ["python", "fastapi"],
        patterns: ["rest-api"],
        integrations: ["mongodb"],
      },
      routing: { keywords: ["endpoints"], contextPatterns: ["**/api/**/*"] },
    });
    const request = { text: "Add an endpoint to the FastAPI service, with MongoDB", files: ["src/api/users.py"] };
    const { capabilities, score } = scoreOf(decide(request, [plugin]), "fastapi-backend") ?? {};
    assert.deepEqual(
      capabilities?.map(({ type, value, weight, how, matched }) => [type, value, weight, how, matched]),
      [
        ["domain", "backend", 30, "term", "endpoint"],
        ["keyword", "endpoints", 25, "stem", "endpoint"],
        ["context", "python", 20, "file", "src/api/users.py"],
        ["context", "fastapi", 20, "word", "fastapi"],
        ["contextPattern", "**/api/**/*", 20, "glob", "src/api/users.py"],
        ["pattern", "rest-api", 15, "term", "endpoint"],
        ["integration", "mongodb", 10, "word", "mongodb"],
      ],
    );
    assert.equal(score, 140);
  });

  it("is more than zero for a keyword alone, for a file alone, and for an integration alone", () => {
    const keyword = candidate("a", { routing: { keywords: ["tenant"] } });
    const glob = candidate("b", { routing: { contextPatterns: ["**/*.proto"] } });
    const integration = candidate("c", { capabilities: { integrations: ["keycloak"] } });
    assert.equal(decide("Create tenants", [keyword]).primaryPlugin, "a");
    assert.equal(decide({ text: "Change this", files: ["rpc/a.proto"] }, [glob]).primaryPlugin, "b");
    assert.equal(decide("Log into Keycloak", [integration]).primaryPlugin, "c");
  });

  it("is multiplied by the priority, and by the availability", () => {
    const plugin = candidate("a", { capabilities: { domains: ["backend"] }, routing: { priority: 150 } });
    const slow = { ...healthy, latencyMs: 100, errorRate: 0.2 };
    const { score, availability, factors } =
      scoreOf(decide("the server", [plugin], { healthOf: () => slow }), "a") ?? {};
    assert.deepEqual([score, availability], [36, 0.8]);
    assert.deepEqual(factors, [
      { name: "priority", value: 1.5, reason: "the manifest has priority 150; 100 is neutral" },
      { name: "availability", value: 0.8, reason: "measured: healthy, 100 ms, 20 % errors" },
    ]);
  });

  it("is half for a degraded plugin, at least a tenth for a slow one, and nothing for one that is down", () => {
    const scoreWith = (health: Partial<typeof healthy>): number | undefined =>
      scoreOf(decide("the server", [backend, ui], { healthOf: () => ({ ...healthy, ...health }) }), "backend")?.score;
    assert.equal(scoreWith({ status: "degraded" }), 15);
    assert.equal(scoreWith({ latencyMs: 9000, errorRate: 1 }), 6);
    assert.throws(() => scoreWith({ status: "down" }), { code: "NOT_FOUND" });
  });

  it("does not grow with a list of more than ten matching words", () => {
    const words = "one two three four five six seven eight nine ten eleven twelve thirteen";
    const stuffed = candidate("a", { routing: { keywords: words.split(" ") } });
    assert.equal(scoreOf(decide(words, [stuffed]), "a")?.score, 250);
  });

  it("counts a word that a manifest lists twice once", () => {
    const twice = candidate("a", { routing: { keywords: ["Tenant", "tenants", "tenant"] } });
    assert.equal(scoreOf(decide("a tenant", [twice]), "a")?.score, 25);
  });

  it("knows paths of other systems, and takes names of properties of every object as words", () => {
    const routing = { contextPatterns: ["**/api/*"], keywords: ["constructor", "__proto__"] };
    const request = { text: "the constructor", files: ["C:\\work\\api\\a.constructor"] };
    assert.equal(scoreOf(decide(request, [candidate("a", { routing })]), "a")?.score, 45);
  });

  it("is bounded in its cost, however large the request and the manifests are", () => {
    const text = "rest ".repeat(20_000);
    const files = Array.from({ length: 500 }, (_, at) => `${"a/".repeat(400)}${at}`);
    const contextPatterns = Array.from({ length: 100 }, (_, at) => `**/${"*a".repeat(5)}${at}b`);
    const plugins = Array.from({ length: 100 }, (_, at) =>
      candidate(`p${at}`, { routing: { keywords: ["rest"], contextPatterns } }),
    );
    assert.equal(decide({ text, files }, plugins).capabilityScores.length, 20);
  });
});
