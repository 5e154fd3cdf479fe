import assert from "node:assert/strict";
import { CliBridge } from "../../../support/cli/cliBridge.ts";
import { removeCliBundle } from "../../../support/cli/cliBundle.ts";
import { freePort } from "../../../support/programs/freePort.ts";
import { removeFolder, temporaryFolder } from "../../../support/temporaryFolder.ts";
import { TEST_TOKEN } from "../../../support/testBridge.ts";
import { WindowProcess } from "../../../support/windows/windowProcess.ts";
import { runCli, CliProcess } from "../../../support/cli/cliProcess.ts";

interface PrintedEvent {
  readonly type: string;
  readonly executionId?: string;
  readonly windowId: string;
  readonly windowEventId?: number;
}

/** The events that a stream of `--json` has so far. */
function eventsOf(stdout: string): PrintedEvent[] {
  const lines = stdout.split("\n").slice(0, -1);
  return lines.map((line) => JSON.parse(line) as PrintedEvent);
}

describe("kiro-bridge watch", () => {
  let bridge: CliBridge;
  before(async () => {
    bridge = await CliBridge.start();
  });
  after(async () => {
    await bridge.dispose();
    await removeCliBundle();
  });

  it("prints one line for each event, and ends with 130 at Ctrl+C", async () => {
    const watching = await bridge.start(["watch"]);
    await watching.printed("Watching http://127.0.0.1:");
    await bridge.bridge.execute({ command: "test.echo", args: ["\x1b[31mred"] });
    await watching.printed("completed");
    watching.signal("SIGINT");
    const { code, stdout } = await watching.ended;
    assert.equal(code, 130);
    assert.match(stdout, /^\d\d:\d\d:\d\d started test\.echo \\x1b\[31mred exec-\S+$/m);
    assert.match(stdout, /^\d\d:\d\d:\d\d completed in \d+ ms exec-\S+$/m);
  });

  it("prints one JSON object per line, of the types that are wanted", async () => {
    const watching = await bridge.start(["watch", "--json", "--types", "command-completed"]);
    await watching.printed("connection-ready");
    await bridge.bridge.execute({ command: "test.echo", args: ["x"] });
    await watching.printed("command-completed");
    watching.signal("SIGTERM");
    const { code, stdout } = await watching.ended;
    assert.equal(code, 130);
    assert.deepEqual(
      eventsOf(stdout).map(({ type }) => type),
      ["connection-ready", "command-completed", undefined],
    );
  });

  it("refuses a type that does not exist, and names those that do", async () => {
    const { code, stderr } = await bridge.run(["watch", "--types", "command-completed,nothing"]);
    assert.equal(code, 64);
    assert.match(stderr, /command-started/);
  });

  it("prints one execution from its beginning, and ends with it and its exit code", async () => {
    const { stdout } = await bridge.run(["exec", "test.nothing", "--json"]);
    const { executionId } = JSON.parse(stdout);
    const { code, stdout: watched } = await bridge.run(["watch", "--execution", executionId, "--json"]);
    assert.equal(code, 1);
    const types = eventsOf(watched).map(({ type }) => type);
    assert.equal(types.at(-1), "command-error");
    assert.equal((await bridge.run(["watch", "--execution", "exec-1-1-nobody"])).code, 1);
  });
});

describe("kiro-bridge watch, when the bridge restarts", () => {
  it("goes on, says so, and prints each event once", async () => {
    const home = await temporaryFolder();
    const port = await freePort();
    const window = await WindowProcess.start({ id: "w", port, discovery: home });
    const env = {
      KIRO_BRIDGE_HOME: home,
      KIRO_BRIDGE_URL: `http://127.0.0.1:${port}`,
      KIRO_BRIDGE_TOKEN: TEST_TOKEN,
    };
    const [shown, watching] = await Promise.all([
      CliProcess.start(["watch"], { env }),
      CliProcess.start(["watch", "--json"], { env }),
    ]);
    try {
      await Promise.all([shown.printed("Watching"), watching.printed("connection-ready")]);
      assert.equal((await runCli(["exec", "kiro.cli.chat", "before"], { env })).code, 0);
      await watching.printed("command-completed");
      await window.off();
      await shown.printed("The bridge cannot be reached");
      window.say("on");
      await window.whenReady();
      await shown.printed("Connected again");
      assert.equal((await runCli(["exec", "kiro.cli.chat", "after"], { env })).code, 0);
      await watching.printed(/command-completed[^]*command-completed/);
      watching.signal("SIGINT");
      const events = eventsOf((await watching.ended).stdout).filter(({ windowEventId }) => windowEventId !== undefined);
      const ids = events.map(({ windowId, windowEventId }) => `${windowId} ${windowEventId}`);
      assert.equal(new Set(ids).size, ids.length);
      assert.equal(events.filter(({ type }) => type === "command-completed").length, 2);
    } finally {
      shown.signal("SIGKILL");
      watching.signal("SIGKILL");
      await window.end();
      await removeFolder(home);
    }
  });

  it("follows the published bridge to another address", async () => {
    const [first, second] = await Promise.all([CliBridge.start(), CliBridge.start()]);
    const watching = await first.start(["watch"]);
    try {
      await watching.printed(`Watching ${first.url}`);
      await first.bridge.dispose();
      await watching.printed("The bridge cannot be reached");
      await first.publish({ url: second.url });
      await watching.printed(`Connected again: ${second.url}`);
    } finally {
      watching.signal("SIGKILL");
      await Promise.all([first.dispose(), second.dispose()]);
    }
  });

  it("stays at the address that is given, also while another bridge is published", async () => {
    for (const variable of [undefined, "KIRO_BRIDGE_URL"]) {
      const [first, other] = await Promise.all([CliBridge.start(), CliBridge.start()]);
      const { url, bridge } = first;
      await first.publish({ url: other.url }, "bridge-3002.json");
      const watching =
        variable === undefined
          ? await first.start(["watch", "--url", url])
          : await first.start(["watch"], { env: { [variable]: url } });
      try {
        await watching.printed(`Watching ${url}`);
        await bridge.dispose();
        await watching.printed("The bridge cannot be reached");
        const again = await CliBridge.start({ listen: { port: bridge.port } });
        try {
          await watching.printed("Connected again");
        } finally {
          await again.dispose();
        }
        assert.ok(watching.stderr.includes(`Connected again: ${url}\n`), watching.stderr);
      } finally {
        watching.signal("SIGKILL");
        await Promise.all([first.dispose(), other.dispose()]);
      }
    }
  });
});
