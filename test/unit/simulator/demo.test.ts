import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildSync } from "esbuild";
import { demoAnswer } from "../../fixtures/simulator/demoAnswer.ts";
import { exampleOf } from "../../fixtures/simulator/jsonExample.ts";
import { endSimulators, simulatorPath, spawnSimulator } from "../../support/simulator.ts";
import { RawAcpClient, resultOf } from "./rawAcpClient.ts";

const DEMO = { KIRO_SIMULATOR_DEMO: "1" };
const fenced = (text: string): unknown => JSON.parse(/```json\n([^]*)\n```/u.exec(text)?.[1] ?? "");

describe("simulator as the demo engine", function () {
  afterEach(endSimulators);

  it("identifies itself in every answer", async () => {
    const client = new RawAcpClient(DEMO);
    await client.turn("Hello Kiro");
    assert.ok(client.text().startsWith("[simulated] I am the Kiro Bridge simulator, not Kiro. You said: Hello Kiro"));
  });

  it("identifies itself in initialize, also as v3, in whoami and in its version", async () => {
    for (const env of [DEMO, { ...DEMO, FAKE_KIRO_SCENARIO: "v3" }]) {
      const { agentInfo } = resultOf(await new RawAcpClient(env).request("initialize", { protocolVersion: 1 }));
      assert.deepEqual(agentInfo, {
        name: "Kiro CLI Simulator",
        title: "Simulated Kiro CLI",
        version: "2.18.1 (simulated)",
      });
    }
    for (const [args, expected] of [
      [["--version"], "kiro-cli 2.18.1 (simulated)\n"],
      [["whoami"], "Logged in (simulated, no account)\n"],
    ] as const) {
      const simulator = spawnSimulator(args, DEMO);
      await simulator.closed();
      assert.equal(simulator.stdout(), expected);
    }
  });

  it("answers a wish for JSON with an example of the schema in the prompt", async () => {
    const schema = {
      type: "object",
      properties: { score: { type: "integer", minimum: 10 }, pass: { type: "boolean" } },
    };
    const client = new RawAcpClient(DEMO);
    await client.turn(`Analyse {this} story.\nAnswer with JSON that fits this schema:\n${JSON.stringify(schema)}`);
    assert.deepEqual(fenced(client.text()), { score: 10, pass: true });
  });

  it("answers a wish for JSON without a schema with an example that says what it is", () => {
    assert.deepEqual(fenced(demoAnswer(1, "Return JSON, please {")), {
      simulated: true,
      message: "[simulated] I am the Kiro Bridge simulator, not Kiro.",
    });
  });

  it("makes examples of references, lists, choices, formats and limits", () => {
    const schema = {
      $defs: { Id: { type: "string", format: "uuid" } },
      type: "object",
      properties: {
        id: { $ref: "#/$defs/Id" },
        tags: { type: "array", minItems: 2, items: { enum: ["a", "b"] } },
        either: { anyOf: [{ type: "null" }, { type: "string" }] },
        short: { type: "string", maxLength: 3 },
        fixed: { const: 7 },
        small: { type: "number", maximum: 0.5 },
      },
    };
    assert.deepEqual(exampleOf(schema), {
      id: "00000000-0000-4000-8000-000000000000",
      tags: ["a", "a"],
      either: null,
      short: "sim",
      fixed: 7,
      small: 0.5,
    });
  });

  it("ends with an example of a schema that refers to itself", () => {
    const schema = {
      $defs: { Node: { type: "object", properties: { next: { $ref: "#/$defs/Node" } } } },
      $ref: "#/$defs/Node",
    };
    assert.ok(JSON.stringify(exampleOf(schema)).length < 1000);
  });

  it("runs as one CommonJS file, as the extension ships it", () => {
    const folder = mkdtempSync(join(tmpdir(), "kiro-simulator-bundle-"));
    try {
      const outfile = join(folder, "simulator.cjs");
      const { warnings } = buildSync({
        entryPoints: [simulatorPath],
        outfile,
        bundle: true,
        platform: "node",
        format: "cjs",
        target: "node20",
        logLevel: "silent",
      });
      assert.deepEqual(warnings, []);
      const { stdout, status } = spawnSync(process.execPath, [outfile, "chat", "--no-interactive"], {
        input: "hi",
        env: DEMO,
        encoding: "utf8",
      });
      assert.match(stdout, /\[simulated\] I am the Kiro Bridge simulator, not Kiro\. You said: hi/u);
      assert.equal(status, 0);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
