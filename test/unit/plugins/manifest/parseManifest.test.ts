import assert from "node:assert/strict";
import { methodsOf, subscriptionsOf, topicsOf } from "../../../../src/plugins/manifest/declarations.ts";
import { parseManifest } from "../../../../src/plugins/manifest/parseManifest.ts";
import type { PluginManifest } from "../../../../src/plugins/manifest/pluginManifest.ts";
import { fullManifest } from "./fullManifest.ts";

function valid(value: unknown): { manifest: PluginManifest; warnings: string[] } {
  const reading = parseManifest(JSON.stringify(value));
  if (reading.kind === "invalid") throw new assert.AssertionError({ message: JSON.stringify(reading.problems) });
  return { manifest: reading.manifest, warnings: reading.warnings.map(({ path, message }) => `${path} ${message}`) };
}

/** Returns the paths of the problems. */
function problemPaths(part: object): string[] {
  return problemsOfText(JSON.stringify({ name: "a", version: "1.0.0", ...part })).map(({ path }) => path);
}

function problemsOfText(text: string) {
  const reading = parseManifest(text);
  assert.equal(reading.kind, "invalid");
  return reading.kind === "invalid" ? reading.problems : [];
}

describe("A manifest", () => {
  it("with every key is read unchanged and without a warning", () => {
    const { manifest, warnings } = valid(fullManifest);
    assert.deepEqual(manifest, fullManifest);
    assert.deepEqual(warnings, []);
  });

  it("needs a name and a version only", () => {
    assert.deepEqual(valid({ name: "a", version: "1.0.0" }).warnings, []);
    assert.deepEqual(
      problemsOfText("{}").map(({ path }) => path),
      ["name", "version"],
    );
  });

  it("declares topics, patterns and methods in one form, with slashes", () => {
    const { manifest } = valid(fullManifest);
    assert.deepEqual(topicsOf(manifest), [
      { topic: "plugin/your-plugin/request", durable: false },
      { topic: "plugin/your-plugin/events", durable: true, maxDeliver: 3, backoffMs: [100, 1000] },
    ]);
    assert.deepEqual(
      subscriptionsOf(manifest).map(({ topic, durable }) => [topic, durable]),
      [
        ["system/broadcast", false],
        ["jira/orchestrator/commands", false],
        ["orders/**", true],
      ],
    );
    assert.deepEqual(
      methodsOf(manifest).map(({ name, concurrency }) => [name, concurrency]),
      [
        ["execute_command", undefined],
        ["get_status", 2],
      ],
    );
  });

  it("declares nothing for what it disables", () => {
    const { messagebus, rpc } = fullManifest.communication;
    const disabled = { messagebus: { ...messagebus, enabled: false }, rpc: { ...rpc, enabled: false } };
    const { manifest } = valid({ ...fullManifest, communication: disabled });
    assert.deepEqual([topicsOf(manifest), subscriptionsOf(manifest), methodsOf(manifest)], [[], [], []]);
  });

  it("keeps unknown keys, and warns of each with its path", () => {
    const communication = { rpc: { methods: ["a", { name: "b", speed: 1 }] }, smoke: true };
    const unknown = { name: "a", version: "1.0.0", communication, extra: { any: [1] } };
    const { manifest, warnings } = valid(unknown);
    assert.deepEqual(manifest, unknown);
    assert.deepEqual(warnings.toSorted(), [
      "communication.rpc.methods[1].speed is not a known key",
      "communication.smoke is not a known key",
      "extra is not a known key",
    ]);
  });

  const wrong: [string, object, string[]][] = [
    ["a name with capitals", { name: "Plugin" }, ["name"]],
    ["a name of the bridge", { name: "kiro-bridge" }, ["name"]],
    ["a name of 65 letters", { name: "a".repeat(65) }, ["name"]],
    ["a version that is none", { version: "one" }, ["version"]],
    ["a list that is a text", { capabilities: { domains: "backend" } }, ["capabilities.domains"]],
    ["an item that is a number", { routing: { keywords: ["a", 5] } }, ["routing.keywords[1]"]],
    [
      "a method without a name",
      { communication: { rpc: { methods: ["a", { description: "b" }] } } },
      ["communication.rpc.methods[1].name"],
    ],
    [
      "an unknown backoff",
      { errorHandling: { retryPolicy: { backoff: "random" } } },
      ["errorHandling.retryPolicy.backoff"],
    ],
    [
      "the endpoint of another plugin",
      { communication: { rpc: { endpoint: "plugin://other/rpc" } } },
      ["communication.rpc.endpoint"],
    ],
    ["both a main and a command", { main: "a.js", command: "node" }, ["command"]],
    ["arguments of nothing", { args: ["a"] }, ["args"]],
    ["a command line that is too long to check", { command: "node", args: ["x".repeat(400)] }, ["args"]],
    ["a variable of the bridge", { command: "a", env: { KIRO_BRIDGE_URL: "http://evil" } }, ["env"]],
    ["a variable with an odd name", { command: "a", env: { "A=B": "c" } }, ["env.A=B"]],
    ["a list that is no object", { communication: [] }, ["communication"]],
  ];
  for (const [name, part, paths] of wrong) {
    it(`with ${name} is rejected, with the path`, () => assert.deepEqual(problemPaths(part), paths));
  }

  const topics: [string, string][] = [
    ["an empty segment", "a//b"],
    ["an empty segment between dots", "a..b"],
    ["a space", "a b"],
    ["a NUL", "a/\0"],
    ["a colon, which ends a scope", "a:b"],
    ["65 segments", "a/".repeat(65).slice(0, -1)],
    ["201 characters", "a".repeat(201)],
    ["a wildcard", "a/*"],
  ];
  for (const [name, topic] of topics) {
    it(`with a topic that has ${name} is rejected`, () => {
      const messagebus = { topics: ["fine", topic, { topic }] };
      const paths = problemPaths({ communication: { messagebus } });
      assert.ok(paths.includes("communication.messagebus.topics[1]"), paths.join());
      assert.ok(paths.includes("communication.messagebus.topics[2].topic"), paths.join());
    });
  }

  it("has wildcards in subscriptions as whole segments only", () => {
    const paths = problemPaths({ communication: { messagebus: { subscriptions: ["a/*/b", "**", "a*", "a/b**"] } } });
    assert.deepEqual(paths, ["communication.messagebus.subscriptions[2]", "communication.messagebus.subscriptions[3]"]);
  });

  const bombs = [
    "+(a|b)*",
    "@(a|!(b))",
    "{1..1000000}",
    "{a,{b,c}}",
    "*".repeat(201),
    "a*".repeat(40),
    `{${"a,".repeat(40)}}`,
  ];
  for (const glob of bombs) {
    it(`with the glob ${glob.slice(0, 20)} of ${glob.length} characters is rejected`, () => {
      assert.deepEqual(problemPaths({ routing: { contextPatterns: ["**/*.{js,ts}", glob] } }), [
        "routing.contextPatterns[1]",
      ]);
    });
  }

  it("with a key __proto__ anywhere is rejected, and changes no object", () => {
    const texts = [
      '{"name":"a","version":"1.0.0","__proto__":{"polluted":true}}',
      '{"name":"a","version":"1.0.0","extra":[{"__proto__":{"polluted":true}}]}',
    ];
    assert.deepEqual(
      texts.flatMap(problemsOfText).map(({ path }) => path),
      ["__proto__", "extra[0].__proto__"],
    );
    assert.ok(!("polluted" in {}));
  });

  it("with a million brackets is rejected before anything is built from it", () => {
    const deep = `{"name":"a","version":"1.0.0","extra":${"[".repeat(1e6)}${"]".repeat(1e6)}}`;
    assert.deepEqual(problemsOfText(deep), [{ path: "", message: "is nested too deep" }]);
    assert.deepEqual(valid({ name: "a", version: "1.0.0", description: "[".repeat(100) }).warnings, []);
  });

  it("that is not JSON, or not an object, is rejected", () => {
    for (const text of ["", "{", "null", "[]", '"a"', "1"]) assert.equal(problemsOfText(text).length > 0, true, text);
  });

  it("may begin with a byte order mark", () => {
    assert.equal(parseManifest('\uFEFF{"name":"a","version":"1.0.0"}').kind, "valid");
  });

  it("with thousands of problems reports the first twenty", () => {
    const keywords = Array.from({ length: 90 }, () => 1);
    assert.equal(problemPaths({ routing: { keywords } }).length, 20);
  });
});
