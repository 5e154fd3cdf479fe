import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLogger } from "../../../../../src/base/logger.ts";
import { type CliFinding, errorOf, findCli, type FindOptions } from "../../../../../src/agents/kiro/cli/findCli.ts";
import { candidatesFor, type Surroundings } from "../../../../../src/agents/kiro/cli/findExecutable.ts";
import { isGroupAlive } from "../../../../support/programs/simulatorProcesses.ts";
import { simulator, simulatorPath } from "../acp/simulatedAcp.ts";
import { until } from "../../../../support/until.ts";
import { unavailableContext } from "../../../../../src/protocol/unavailable.ts";

describe("findCli", () => {
  let home: string;
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), "kiro-find-"));
  });
  afterEach(() => rmSync(home, { recursive: true }));

  /** A program with the simulator behind it, or a script of its own. */
  function install(
    folder: string,
    script = `exec "${process.execPath}" "${simulatorPath}" "$@"`,
    name = "kiro-cli",
  ): string {
    mkdirSync(join(home, folder), { recursive: true });
    const path = join(home, folder, name);
    writeFileSync(path, `#!/bin/sh\n${script}\n`);
    chmodSync(path, 0o755);
    return path;
  }

  async function find(
    setting: string,
    more: Partial<FindOptions> = {},
    env: Surroundings["env"] = {},
    signal: AbortSignal = new AbortController().signal,
  ): Promise<CliFinding> {
    const surroundings = { env: { PATH: "", ...env }, home, platform: process.platform };
    return await findCli({ setting, surroundings, logger: silentLogger, timeoutMs: 60_000, ...more }, signal);
  }

  it("finds it in PATH first, then in the usual places", async () => {
    const usual = install(".local/bin");
    const found = await find("");
    assert.equal(found.state, "ready");
    assert.equal(found.program?.command, usual);
    assert.equal(found.version, "2.18.1");
    assert.equal((await find("", {}, { PATH: `relative::${join(home, "empty")}` })).program?.command, usual);
    const first = install("bin");
    assert.equal((await find("", {}, { PATH: `:${join(home, "bin")}` })).program?.command, first);
  });

  it("prefers the setting, and reports what is wrong with it", async () => {
    install(".local/bin");
    const own = install("own", undefined, "my kiro");
    assert.equal((await find(own)).program?.command, own);
    for (const wrong of ["kiro-cli", "./own/my kiro", join(home, "nothing"), home]) {
      const finding = await find(wrong);
      assert.equal(finding.state, "not_installed", wrong);
      assert.match(finding.detail, /kiroBridge\.cli\.path/u);
    }
  });

  it("uses the simulator only on request, and reports it", async () => {
    const finding = await find("simulator", { simulator: simulator({ KIRO_SIMULATOR_DEMO: "1" }) });
    assert.equal(finding.state, "ready");
    assert.equal(finding.version, "2.18.1 (simulated)");
    assert.match(finding.detail, /simulator/u);
  });

  it("reports that nothing is installed, with advice", async () => {
    const finding = await find("");
    assert.equal(finding.state, "not_installed");
    assert.match(finding.detail, /Install it, or set kiroBridge\.cli\.path/u);
    assert.deepEqual(errorOf(finding)?.context, unavailableContext("cli-missing"));
  });

  it("reports a missing login, accepts a key instead, and does not ask an old CLI", async () => {
    const finding = await find("simulator", { simulator: simulator({ FAKE_KIRO_LOGGED_OUT: "1" }) });
    assert.equal(finding.state, "not_logged_in");
    assert.match(finding.detail, /kiro-cli login/u);
    assert.deepEqual(errorOf(finding)?.context, unavailableContext("cli-signed-out"));
    const withKey = await find(
      "simulator",
      { simulator: simulator({ FAKE_KIRO_LOGGED_OUT: "1" }) },
      { KIRO_API_KEY: "k" },
    );
    assert.equal(withKey.state, "ready");
    install(
      "bin",
      'test "$1" = --version && echo "kiro-cli 1.20.0" && exit 0; echo "error: unrecognized subcommand" >&2; exit 2',
    );
    const old = await find("", {}, { PATH: join(home, "bin") });
    assert.ok(old.state === "ready" && old.isLoggedIn === undefined);
  });

  it("distinguishes another program from one that crashes or hangs", async () => {
    for (const [script, state, cause, words, timeoutMs] of [
      ["echo 'error: unexpected argument' >&2; exit 2", "bad_flag", "cli-incompatible", /unexpected argument/u, 60_000],
      ["echo 'I am no CLI'", "bad_flag", "cli-incompatible", /I am no CLI/u, 60_000],
      ["echo 'bus error' >&2; exit 139", "crashing", "cli-broken", /exits with code 139.*bus error/u, 60_000],
      ["sleep 600", "crashing", "cli-broken", /does not respond/u, 500],
    ] as const) {
      const finding = await find(install("bad", script), { timeoutMs });
      assert.equal(finding.state, state, script);
      assert.match(finding.detail, words);
      assert.deepEqual(errorOf(finding)?.context, unavailableContext(cause));
    }
  });

  for (const question of ["--version", "whoami"]) {
    it(`is abandoned immediately when its signal aborts, and leaves no process behind: ${question}`, async () => {
      const pidFile = join(home, "pid");
      const answer = 'test "$1" = --version && echo "kiro-cli 2.0.0" && exit 0';
      const hang = `echo $$ > "${pidFile}"; exec sleep 600`;
      const path = install("hangs", question === "--version" ? hang : `${answer}; ${hang}`);
      const stop = new AbortController();
      const finding = find(path, { timeoutMs: 600_000 }, {}, stop.signal);
      await until(() => existsSync(pidFile) && readFileSync(pidFile, "utf8").endsWith("\n"));
      stop.abort(new Error("enough"));
      await assert.rejects(finding, /enough/u);
      assert.equal(isGroupAlive(Number(readFileSync(pidFile, "utf8"))), false);
    });
  }

  it("has no error when it is ready", async () => {
    assert.equal(errorOf(await find("simulator", { simulator: simulator() })), undefined);
  });
});

describe("candidatesFor", () => {
  it("follows PATHEXT and the places of Windows", () => {
    const env = { Path: 'C:\\tools;"D:\\my tools";relative', PATHEXT: ".EXE;.CMD", LOCALAPPDATA: "C:\\L" };
    const paths = candidatesFor("kiro-cli", { env, home: "C:\\Users\\u", platform: "win32" });
    assert.deepEqual(paths.slice(0, 4), [
      "C:\\tools\\kiro-cli.exe",
      "C:\\tools\\kiro-cli.cmd",
      "D:\\my tools\\kiro-cli.exe",
      "D:\\my tools\\kiro-cli.cmd",
    ]);
    assert.ok(paths.includes("C:\\L\\kiro-cli\\kiro-cli.exe"));
    assert.ok(!paths.some((path) => path.startsWith("relative")));
  });
});
