import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { silentLogger } from "../../../../../src/base/logger.ts";
import type { KiroCliSettings } from "../../../../../src/agents/kiro/createKiroCli.ts";
import { KiroCli } from "../../../../../src/agents/kiro/kiroCli.ts";
import type { FoundCli, StartAgent } from "../../../../../src/agents/startAgent.ts";
import { isGroupAlive } from "../../../../support/programs/simulatorProcesses.ts";
import { simulator, simulatorPath } from "../acp/simulatedAcp.ts";
import { FakeStarts } from "../../fakeAgents.ts";
import { fakeContext } from "../../../../support/fakePorts.ts";
import { until } from "../../../../support/until.ts";
import { KiroCliRig } from "../kiroCliRig.ts";
import { causeOf, unavailable } from "../../../../../src/protocol/unavailable.ts";

const isWindows = process.platform === "win32";

describe("A Kiro CLI that is moved, replaced or removed", function () {
  this.timeout(120_000);
  let place: string;
  const rigs: KiroCliRig[] = [];

  before(function () {
    if (isWindows) this.skip(); // The programs here are scripts of a shell.
  });

  beforeEach(() => {
    place = mkdtempSync(join(tmpdir(), "kiro-moved-"));
  });

  afterEach(async () => {
    await Promise.all(rigs.splice(0).map((rig) => rig.dispose()));
    rmSync(place, { recursive: true });
  });

  function install(folder: string, script = `exec "${process.execPath}" "${simulatorPath}" "$@"`): string {
    const path = join(place, folder, "kiro-cli");
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    return path;
  }

  function setUp(more: Partial<KiroCliSettings> = {}): KiroCliRig {
    const path = ["old", "new"].map((folder) => join(place, folder)).join(":");
    const surroundings = { env: { PATH: path }, home: place, platform: process.platform };
    const pipe = { readiness: { quietMs: 100 } };
    const rig = new KiroCliRig({}, { search: { setting: "", surroundings }, pipe, ...more });
    rigs.push(rig);
    return rig;
  }

  for (const transport of ["acp", "oneshot", "pipe"] as const) {
    it(`is found in its new place for the very next prompt: ${transport}`, async () => {
      const old = install("old");
      const rig = setUp({ transport });
      assert.equal((await rig.chat("Hello")).status, "completed");
      rmSync(old);
      install("new");
      // A process that lives goes on; another one is started from the new place.
      for (const session of ["default", "another"]) {
        assert.equal((await rig.chat("Hello again", { session })).status, "completed", session);
      }
      rmSync(join(place, "new", "kiro-cli"));
      const gone = await rig.chat("Gone", { session: "third" });
      assert.equal(causeOf(gone.failure), "cli-missing");
      assert.equal(rig.kiro.cliStatus().state, "unavailable");
    });
  }

  it("is queried for its version again when the file was replaced", async () => {
    install("old", 'test "$1" = --version && echo "kiro-cli 1.2.3"; exit 0');
    const rig = setUp();
    assert.equal((await rig.kiro.look()).version, "1.2.3");
    install("old", 'test "$1" = --version && echo "kiro-cli 1.2.40"; exit 0');
    assert.equal((await rig.kiro.look()).version, "1.2.40");
  });

  it("is searched once more if it cannot be started", async () => {
    const missing = unavailable("cli-missing", "not found");
    const fakes = new FakeStarts();
    let looks = 0;
    let worksFrom = 2;
    const starts: StartAgent = (...request) => (looks < worksFrom ? Promise.reject(missing) : fakes.start(...request));
    const kiro = new KiroCli({
      find: async (): Promise<FoundCli> => {
        looks++;
        return { program: simulator() };
      },
      starters: () => ({ acp: starts, oneshot: starts, pipe: starts }),
      transport: "acp",
      defaultWorkspacePath: () => place,
      isTrusted: () => true,
      maxSessions: 4,
      idleSessionMs: 60_000,
      report: () => undefined,
      logger: silentLogger,
    });
    const chat = (session: string) =>
      kiro.run(kiro.accepts({ command: "kiro.cli.chat", args: ["ok"], session }), fakeContext());
    assert.equal((await chat("one")).kind, "completed");
    assert.equal(looks, 2);
    worksFrom = 99;
    await assert.rejects(chat("two"), missing);
    assert.equal(looks, 3);
    await kiro.dispose();
  });

  it("is killed when the bridge stops while it hangs over its version", async () => {
    const pidFile = join(place, "pid");
    install("old", `echo $$ > "${pidFile}"; exec sleep 600`);
    const rig = setUp();
    const prompt = rig.begin("Hello");
    const looking = rig.kiro.look();
    await until(() => existsSync(pidFile) && readFileSync(pidFile, "utf8").endsWith("\n"));
    await rig.kiro.dispose();
    assert.equal(isGroupAlive(Number(readFileSync(pidFile, "utf8"))), false);
    await looking;
    await (await prompt).settled;
    await assert.rejects(rig.kiro.found(), { code: "KIRO_UNAVAILABLE" });
  });
});
