import assert from "node:assert/strict";
import { createServer, type RequestListener } from "node:http";
import { type AddressInfo, connect, createServer as createRelay } from "node:net";
import { join } from "node:path";
import { rm, writeFile } from "node:fs/promises";
import type { Finding } from "../../../../src/cli/doctor/finding.ts";
import { CliBridge } from "../../../support/cli/cliBridge.ts";
import { removeCliBundle } from "../../../support/cli/cliBundle.ts";
import { FakeAgent } from "../../../support/fakePorts.ts";
import { until } from "../../../support/until.ts";
import type { CliStatus } from "../../../../src/protocol/status.ts";
import { fakeKiro } from "../../../support/fakeKiro.ts";

/** More than any process has. */
const NO_PROCESS = 2 ** 22 + 1;

describe("kiro-bridge doctor", () => {
  let bridge: CliBridge;
  let cli: CliStatus = { state: "ready", sessions: 0, version: "2.18.0" };
  /** Pending while the page of the window is gone. */
  let reachable = Promise.resolve();
  class Agent extends FakeAgent {
    override cliStatus(): CliStatus {
      return cli;
    }
  }
  before(async () => {
    bridge = await CliBridge.start({ createKiro: () => fakeKiro({ agent: new Agent() }), workbenchTickMs: 20 });
    bridge.bridge.editor.reachWorkbench = () => reachable;
  });
  beforeEach(async () => {
    cli = { state: "ready", sessions: 0, version: "2.18.0" };
    await bridge.publish();
  });
  after(async () => {
    await bridge.dispose();
    await removeCliBundle();
  });

  interface Diagnosis {
    readonly code: number | null;
    readonly findings: readonly Finding[];
  }

  async function diagnose(
    args: readonly string[] = [],
    env: Readonly<Record<string, string>> = {},
  ): Promise<Diagnosis> {
    const { code, stdout } = await bridge.run(["doctor", "--json", ...args], { env });
    const { findings } = JSON.parse(stdout) as { findings: Finding[] };
    return { code, findings };
  }

  /** What is wrong: every problem and warning has an advice. */
  function wrong({ findings }: Diagnosis): string[] {
    return findings.flatMap(({ check, state, message, advice }) => {
      if (state === "ok") return [];
      assert.ok(advice !== undefined && advice !== "");
      return `${check} ${state}: ${message} → ${advice}`;
    });
  }

  async function withStranger(listener: RequestListener, use: (url: string) => Promise<void>): Promise<void> {
    const server = createServer(listener);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    } finally {
      server.close();
    }
  }

  it("finds nothing wrong where nothing is, for people and for programs", async () => {
    const diagnosis = await diagnose();
    assert.deepEqual([diagnosis.code, wrong(diagnosis)], [0, []]);
    const { code, stdout } = await bridge.run(["doctor"]);
    assert.equal(code, 0);
    assert.match(stdout, /^(?:ok {7}.*\n){7}/);
  });

  it("finds that no bridge is published", async () => {
    await rm(join(bridge.home, "bridge.json"));
    const diagnosis = await diagnose();
    assert.equal(diagnosis.code, 2);
    assert.match(
      wrong(diagnosis).join("\n"),
      /^discovery problem: There is no bridge\.json in .* → .*Kiro Bridge: Start/,
    );
  });

  it("finds a file that a bridge has left behind", async () => {
    await bridge.publish({ pid: NO_PROCESS });
    const diagnosis = await diagnose();
    assert.equal(diagnosis.code, 2);
    assert.match(
      wrong(diagnosis).join("\n"),
      /^discovery warning: bridge\.json was left behind by process \d+.*\ndiscovery problem: No bridge is running/,
    );
  });

  it("goes past such a file to a bridge that runs", async () => {
    await bridge.publish({ pid: NO_PROCESS });
    await bridge.publish({}, "bridge-3002.json");
    try {
      const diagnosis = await diagnose();
      assert.equal(diagnosis.code, 0);
      assert.match(
        wrong(diagnosis).join("\n"),
        /^discovery warning: bridge\.json was left behind by process \d+[^\n]*$/,
      );
    } finally {
      await rm(join(bridge.home, "bridge-3002.json"));
    }
  });

  it("finds that nothing listens", async () => {
    await bridge.publish({ url: "http://127.0.0.1:1" });
    const diagnosis = await diagnose();
    assert.equal(diagnosis.code, 2);
    assert.match(wrong(diagnosis).join("\n"), /^address problem: Nothing answers at http:\/\/127\.0\.0\.1:1: /);
  });

  it("finds another program at the address, also one that plays a bridge, and sends it no token", async () => {
    const seen: unknown[] = [];
    const plays = JSON.stringify({ status: "healthy", timestamp: new Date().toISOString(), server: {}, proof: "none" });
    for (const body of ["<html>", plays]) {
      const listener: RequestListener = (request, response) => {
        seen.push(request.headers.authorization);
        response.end(body);
      };
      await withStranger(listener, async (url) => {
        await bridge.publish({ url });
        const diagnosis = await diagnose();
        assert.equal(diagnosis.code, 2);
        assert.match(
          wrong(diagnosis).join("\n"),
          /^address problem: Another program listens at .* → .*kiroBridge\.api\.port/,
        );
      });
    }
    assert.deepEqual(seen, [undefined, undefined]);
  });

  it("finds another program also when its response is large and does not end", async () => {
    const listener: RequestListener = (_request, response) => void response.write("x".repeat(1024 * 1024));
    await withStranger(listener, async (url) => {
      const diagnosis = await diagnose(["--url", url]);
      assert.equal(diagnosis.code, 2);
      assert.match(wrong(diagnosis).join("\n"), /^address problem: Another program listens at /);
    });
  });

  it("finds a name that the bridge does not answer to", async () => {
    // A forwarded port: the bridge does not know the one that is called.
    const relay = createRelay((socket) => {
      const onward = connect(bridge.bridge.port, "127.0.0.1");
      for (const each of [socket, onward]) each.on("error", () => undefined);
      socket.pipe(onward).pipe(socket);
    });
    await new Promise<void>((resolve) => relay.listen(0, "127.0.0.1", resolve));
    try {
      const diagnosis = await diagnose(["--url", `http://127.0.0.1:${(relay.address() as AddressInfo).port}`]);
      assert.equal(diagnosis.code, 2);
      assert.match(wrong(diagnosis).join("\n"), /^address problem: .*403.* → .*kiroBridge\.api\.allowedHosts/);
    } finally {
      relay.close();
    }
  });

  it("finds a bridge that is starting", async () => {
    const body = { status: "unhealthy", reason: "starting", timestamp: new Date().toISOString(), server: {} };
    const listener: RequestListener = (_request, response) => void response.writeHead(503).end(JSON.stringify(body));
    await withStranger(listener, async (url) => {
      const diagnosis = await diagnose(["--url", url]);
      assert.equal(diagnosis.code, 2);
      assert.match(wrong(diagnosis).join("\n"), /^address problem: The bridge is starting/);
    });
  });

  it("finds an editor window whose page is gone", async () => {
    const gone = Promise.withResolvers<void>();
    reachable = gone.promise;
    const health = (status: number) => async () => (await bridge.bridge.call("/health")).status === status;
    await until(health(503), "a disconnected window");
    try {
      const diagnosis = await diagnose();
      assert.equal(diagnosis.code, 1);
      assert.match(
        wrong(diagnosis).join("\n"),
        /^address warning: .*\nwindows problem: The page of the window window-1 .* → Open or reload/,
      );
    } finally {
      gone.resolve();
      await until(health(200), "a connected window");
    }
  });

  it("finds that no token is published, and that a stored one is rejected", async () => {
    await bridge.publish({ token: undefined });
    const none = await diagnose();
    assert.equal(none.code, 3);
    assert.match(wrong(none).join("\n"), /^token problem: No token was found.* → .*kiro-bridge pair --save/);
    const saved = join(bridge.home, "cli-token.json");
    await writeFile(saved, JSON.stringify({ token: "kbt_old_old" }));
    try {
      const rejected = await diagnose();
      assert.equal(rejected.code, 3);
      assert.match(wrong(rejected).join("\n"), /^token problem: .*stored token \(401\).* → .*kiro-bridge pair --save/);
    } finally {
      await rm(saved);
    }
  });

  it("finds that the given token is wrong", async () => {
    const diagnosis = await diagnose([], { KIRO_BRIDGE_TOKEN: "wrong" });
    assert.equal(diagnosis.code, 3);
    assert.match(wrong(diagnosis).join("\n"), /^token problem: .*401.* → .*KIRO_BRIDGE_TOKEN/);
  });

  it("finds a clock that differs", async () => {
    const body = JSON.stringify({
      status: "healthy",
      timestamp: new Date(Date.now() - 600_000).toISOString(),
      server: {},
    });
    const listener: RequestListener = (_request, response) => void response.end(body);
    await withStranger(listener, async (url) => {
      const { findings } = await diagnose(["--url", url]);
      const clock = findings.find(({ check }) => check === "clock");
      assert.deepEqual(clock?.state, "warning");
      assert.match(clock?.message ?? "", /^The clock of the bridge is 6\d\d s behind|599 s behind|600 s behind/);
    });
  });

  it("finds a version that may not fit", async () => {
    await bridge.publish({ version: "9.0.0" });
    const diagnosis = await diagnose();
    assert.equal(diagnosis.code, 0);
    assert.match(wrong(diagnosis).join("\n"), /^version warning: The bridge has version 9\.0\.0/);
  });

  it("finds what keeps Kiro CLI from working", async () => {
    const states: readonly (readonly [CliStatus, RegExp])[] = [
      [
        { state: "off", sessions: 0, detail: "The workspace is not trusted." },
        /^workspace problem: .* → Trust the workspace/,
      ],
      [{ state: "unavailable", sessions: 0, cause: "cli-missing" }, /^kiro-cli problem: .* → Install Kiro CLI/],
      [{ state: "unavailable", sessions: 0, cause: "cli-signed-out" }, /^kiro-cli problem: .* → Run 'kiro-cli login'/],
      [
        { state: "unavailable", sessions: 0, cause: "cli-broken" },
        /^kiro-cli problem: .* → Run 'Kiro Bridge: Diagnose Kiro CLI'/,
      ],
    ];
    for (const [state, expected] of states) {
      cli = state;
      const diagnosis = await diagnose();
      assert.equal(diagnosis.code, 1);
      assert.match(wrong(diagnosis).join("\n"), expected);
    }
    cli = { state: "ready", sessions: 0, simulated: true };
    const simulated = await diagnose();
    assert.equal(simulated.code, 0);
    assert.match(wrong(simulated).join("\n"), /^kiro-cli warning: The built-in simulator/);
  });
});
