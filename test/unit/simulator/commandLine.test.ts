import assert from "node:assert/strict";
import { parseCommandLine } from "../../fixtures/simulator/commandLine.ts";
import { endSimulators, spawnSimulator } from "../../support/simulator.ts";

describe("simulator command line", () => {
  afterEach(endSimulators);

  const answers: readonly [
    string,
    readonly string[],
    Readonly<Record<string, string>>,
    { code: number; stdout?: string; stderr?: string },
  ][] = [
    ["tells its version", ["--version"], {}, { code: 0, stdout: "kiro-cli 2.18.1\n" }],
    [
      "tells the version it is given",
      ["-V"],
      { FAKE_KIRO_VERSION: "1.24.0" },
      { code: 0, stdout: "kiro-cli 1.24.0\n" },
    ],
    ["tells who is logged in", ["whoami", "--format", "json"], {}, { code: 0, stdout: "Logged in with Builder ID\n" }],
    [
      "tells that nobody is logged in",
      ["whoami"],
      { FAKE_KIRO_LOGGED_OUT: "1" },
      { code: 1, stderr: "Not logged in\n" },
    ],
    [
      "lists models as JSON",
      ["chat", "--list-models", "--format", "json"],
      {},
      {
        code: 0,
        stdout:
          '{"models":[{"model_id":"auto","model_name":"auto"},{"model_id":"simulated-large","model_name":"Simulated Large"},{"model_id":"simulated-small","model_name":"Simulated Small"}],"default_model":"auto"}\n',
      },
    ],
    [
      "lists sessions on stderr",
      ["chat", "--list-sessions"],
      {},
      { code: 0, stdout: "", stderr: "No saved chat sessions.\n" },
    ],
    [
      "refuses an unknown flag",
      ["chat", "--x"],
      {},
      {
        code: 2,
        stdout: "",
        stderr: "error: unexpected argument '--x' found\n\nUsage: kiro-cli-chat chat [OPTIONS] [INPUT]\n",
      },
    ],
    ["crashes at the start when asked", ["acp"], { FAKE_KIRO_SCENARIO: "crash-start" }, { code: 1, stdout: "" }],
    [
      "does not chat without a login",
      ["chat"],
      { FAKE_KIRO_SCENARIO: "logged-out" },
      { code: 1, stdout: "", stderr: "error: You are not logged in, please log in with kiro-cli login\n" },
    ],
    [
      "refuses a scenario that does not exist",
      ["chat"],
      { FAKE_KIRO_SCENARIO: "hag" },
      { code: 64, stderr: "error: unknown simulator scenario 'hag'\n" },
    ],
  ];
  for (const [name, args, env, expected] of answers) {
    it(name, async () => {
      const simulator = spawnSimulator(args, env);
      assert.equal((await simulator.closed()).code, expected.code);
      if (expected.stdout !== undefined) assert.equal(simulator.stdout(), expected.stdout);
      if (expected.stderr !== undefined) assert.equal(simulator.stderr(), expected.stderr);
    });
  }

  it("knows every flag of chat, by both ways to give a value", () => {
    const line = parseCommandLine(
      "chat --non-interactive -a --trust-tools= --profile N --model=M --effort E -r --resume-id 1 --wrap never --require-mcp-startup --legacy-ui -v".split(
        " ",
      ),
    );
    assert.ok(line.command === "chat");
    assert.equal(line.flags.values.get("agent"), "N");
    assert.equal(line.flags.values.get("model"), "M");
    assert.equal(line.flags.values.get("trust-tools"), "");
    for (const flag of ["no-interactive", "trust-all-tools", "resume", "legacy-ui"])
      assert.ok(line.flags.values.has(flag), flag);
    assert.equal(line.flags.input, undefined);
  });

  it("takes one INPUT, and after two dashes any text", () => {
    const dashed = parseCommandLine(["chat", "--no-interactive", "--", "-not a flag"]);
    assert.ok(dashed.command === "chat" && dashed.flags.input === "-not a flag");
    assert.equal(parseCommandLine(["chat", "one", "two"]).command, "unknown");
    assert.equal(parseCommandLine(["acp", "input"]).command, "unknown");
    assert.equal(parseCommandLine(["acp", "--legacy-ui"]).command, "unknown");
    assert.equal(parseCommandLine([]).command, "unknown");
  });

  it("records arguments, folder and the names of the environment, never a value of it", async () => {
    const simulator = spawnSimulator(["--version"], { KIRO_API_KEY: "canary-secret" });
    await simulator.closed();
    const [start] = simulator.records("start");
    assert.deepEqual(start?.["argv"], ["--version"]);
    assert.equal(start?.["cwd"], process.cwd());
    assert.match(JSON.stringify(start?.["env"]), /"KIRO_API_KEY"/u);
    assert.ok(!JSON.stringify(simulator.records()).includes("canary-secret"));
  });
});
