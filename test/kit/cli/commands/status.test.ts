import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { healthProof } from "../../../../src/server/guards/healthProof.ts";
import { CliBridge } from "../../../support/cli/cliBridge.ts";
import { CLI_VERSION, removeCliBundle } from "../../../support/cli/cliBundle.ts";
import { runCli } from "../../../support/cli/cliProcess.ts";
import { removeFolder, temporaryFolder } from "../../../support/temporaryFolder.ts";
import { TEST_TOKEN } from "../../../support/testBridge.ts";

describe("The command line", () => {
  let bridge: CliBridge;
  before(async () => {
    bridge = await CliBridge.start();
  });
  after(async () => {
    await bridge.dispose();
    await removeCliBundle();
  });

  it("prints the status for people", async () => {
    const { code, stdout, stderr } = await bridge.run(["status"]);
    assert.equal(stderr, "");
    assert.match(stdout, /^Bridge {4}ready http:\/\/127\.0\.0\.1:\d+\nRunning {3}0 running, 0 waiting\nKiro CLI /);
    assert.match(stdout, /\nWindows {3}Fake Editor .*kiro-bridge-test-/);
    assert.ok(stdout.split("(simulated)").length <= 2, "says once that Kiro CLI is simulated");
    assert.equal(code, 0);
  });

  it("prints the status for programs, with the commands on request", async () => {
    const { stdout } = await bridge.run(["status", "--json"]);
    const status = JSON.parse(stdout);
    assert.deepEqual([status.url, status.status, "availableCommands" in status], [bridge.url, "ready", false]);
    const withCommands = await bridge.run(["status", "--json", "--commands"]);
    assert.ok(JSON.parse(withCommands.stdout).availableCommands.includes("test.echo"));
  });

  it("lists the windows for people and for programs", async () => {
    const { stdout } = await bridge.run(["windows"]);
    assert.match(stdout, /^ID +STATE +EDITOR +FOLDERS\nwindow-1 +ready +Fake Editor \(focused, has the address\) +\//);
    const json = await bridge.run(["windows", "--json"]);
    assert.deepEqual(
      JSON.parse(json.stdout).windows.map(({ id }: { id: string }) => id),
      ["window-1"],
    );
  });

  it("has no colours without a terminal, and has them with FORCE_COLOR", async () => {
    const [plain, forced, none] = await Promise.all([
      bridge.run(["status"]),
      bridge.run(["status"], { env: { FORCE_COLOR: "1" } }),
      bridge.run(["status", "--no-color"], { env: { FORCE_COLOR: "1" } }),
    ]);
    assert.deepEqual(
      [plain, forced, none].map(({ stdout }) => stdout.includes("\x1b[")),
      [false, true, false],
    );
  });

  it("prints its version and its manual, which names every exit code", async () => {
    assert.deepEqual(await runCli(["--version"]), { code: 0, stdout: `${CLI_VERSION}\n`, stderr: "" });
    const { code, stdout } = await runCli(["--help"]);
    assert.equal(code, 0);
    for (const exitCode of [0, 1, 2, 3, 4, 64, 130]) assert.match(stdout, new RegExp(`^ +${exitCode}  \\S`, "m"));
  });

  it("ends with 64 for a command line that it does not understand", async () => {
    const wrong = [["nothing"], ["status", "--nothing"], ["exec"], ["exec", "a", "--timeout", "soon"], [], ["cancel"]];
    const results = await Promise.all(wrong.map((args) => bridge.run(args)));
    assert.deepEqual(
      results.map(({ code }) => code),
      wrong.map(() => 64),
    );
    assert.ok(results.every(({ stdout }) => stdout === ""));
  });

  it("has no option that takes a token", async () => {
    const { code, stderr } = await bridge.run(["status", "--token", TEST_TOKEN]);
    assert.equal(code, 64);
    assert.match(stderr, /unknown option '--token'/);
  });

  it("ends with 2 if no bridge is published, with the way out", async () => {
    const home = await temporaryFolder();
    try {
      const { code, stdout, stderr } = await runCli(["status"], { env: { KIRO_BRIDGE_HOME: home } });
      assert.equal(code, 2);
      assert.equal(stdout, "");
      assert.match(stderr, /^error: No running bridge is published in .*\n.*kiro-bridge doctor/);
    } finally {
      await removeFolder(home);
    }
  });

  it("ends with 2 if nothing listens, with a JSON document for programs", async () => {
    const { code, stdout } = await bridge.run(["status", "--url", "http://127.0.0.1:1", "--json"]);
    const { error } = JSON.parse(stdout);
    assert.equal(code, 2);
    assert.deepEqual([error.code, error.exitCode], ["NETWORK_ERROR", 2]);
  });

  it("ends with 3 if the token is wrong, from the environment or stdin", async () => {
    const url = ["--url", bridge.url];
    const wrong = { KIRO_BRIDGE_TOKEN: "wrong" };
    const results = await Promise.all([
      bridge.run(["status", ...url], { env: wrong }),
      bridge.run(["status", ...url, "--token-stdin"], { input: "wrong\n" }),
    ]);
    for (const { code, stderr } of results) {
      assert.equal(code, 3);
      assert.match(stderr, /kiro-bridge pair --save/);
      assert.doesNotMatch(stderr, new RegExp(TEST_TOKEN));
    }
  });

  it("takes the token from stdin and from the environment", async () => {
    const url = ["--url", bridge.url];
    const home = { KIRO_BRIDGE_HOME: bridge.folder };
    const results = await Promise.all([
      runCli(["status", ...url, "--token-stdin"], { env: home, input: `${TEST_TOKEN}\n` }),
      runCli(["status", ...url], { env: { ...home, KIRO_BRIDGE_TOKEN: TEST_TOKEN } }),
      runCli(["status"], { env: { ...home, KIRO_BRIDGE_URL: bridge.url, KIRO_BRIDGE_TOKEN: TEST_TOKEN } }),
    ]);
    for (const { code, stderr } of results) assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
  });

  it("does not send the published token to another program at the address", async () => {
    const seen: (string | undefined)[] = [];
    const stranger = createServer((request, response) => {
      seen.push(request.headers.authorization);
      response.end("{}");
    });
    await new Promise<void>((resolve) => stranger.listen(0, "127.0.0.1", resolve));
    try {
      const { port } = stranger.address() as AddressInfo;
      await bridge.publish({ url: `http://127.0.0.1:${port}` });
      const { code } = await bridge.run(["status"]);
      assert.equal(code, 2);
      assert.deepEqual(new Set(seen), new Set([undefined]));
    } finally {
      stranger.close();
      await bridge.publish();
    }
  });

  it("waits when the bridge has proved itself too often in this minute", async () => {
    let proofs = 0;
    const busy = createServer((request, response) => {
      const { pathname, searchParams, host } = new URL(request.url ?? "", `http://${request.headers.host}`);
      if (pathname !== "/health") response.end(JSON.stringify({ windows: [] }));
      else if (proofs++ === 0) {
        const timestamp = new Date().toISOString();
        const error = { code: "RATE_LIMIT_EXCEEDED", message: "Too many requests.", recoverable: true, timestamp };
        response.writeHead(429, { "Retry-After": "1" }).end(JSON.stringify(error));
      } else
        response.end(JSON.stringify({ proof: healthProof(TEST_TOKEN, searchParams.get("challenge") ?? "", host) }));
    });
    await new Promise<void>((resolve) => busy.listen(0, "127.0.0.1", resolve));
    try {
      await bridge.publish({ url: `http://127.0.0.1:${(busy.address() as AddressInfo).port}` });
      const { code, stdout } = await bridge.run(["windows", "--json"]);
      assert.deepEqual([code, JSON.parse(stdout), proofs], [0, { windows: [] }, 2]);
    } finally {
      busy.close();
      await bridge.publish();
    }
  });

  it("ends quietly when the reader of its output has left", async () => {
    const watching = await bridge.start(["watch", "--json"]);
    await watching.printed("connection-ready");
    watching.closeStdout();
    await bridge.bridge.execute({ command: "test.echo", args: ["x"] });
    const { code, stderr } = await watching.ended;
    assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
  });
});
