import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLogger } from "../../../../src/base/logger.ts";
import type { FoundCli } from "../../../../src/agents/startAgent.ts";
import { KiroTerminals } from "../../../../src/agents/kiro/terminal.ts";

const program = { command: process.execPath, leadingArgs: ["-e", "setInterval(() => {}, 1000)", "--"], env: {} };
const found: FoundCli = { program: { ...program, isSimulated: true } };

describe("Terminals", () => {
  let folder: string;
  let terminals: KiroTerminals;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "kiro-terminal-"));
  });

  afterEach(async () => {
    await terminals.dispose();
    rmSync(folder, { recursive: true });
  });

  function setUp(find: () => Promise<FoundCli>): KiroTerminals {
    terminals = new KiroTerminals({
      find,
      flags: [],
      defaultWorkspacePath: () => folder,
      isTrusted: () => true,
      maxTerminals: 1,
      logger: silentLogger,
    });
    return terminals;
  }

  it("do not start if they are disposed during the search for the CLI", async () => {
    const opening = setUp(() => new Promise(() => undefined)).open();
    const refused = assert.rejects(opening, { code: "KIRO_UNAVAILABLE" });
    await terminals.dispose();
    await refused;
    await assert.rejects(terminals.open(), { code: "KIRO_UNAVAILABLE" });
  });

  it("are ended, and awaited, if they are disposed while starting", async () => {
    let disposed: Promise<void> | undefined;
    const opening = setUp(async () => ({
      program: {
        ...found.program,
        get command() {
          disposed ??= terminals.dispose();
          return process.execPath;
        },
      },
    })).open();
    const terminal = await opening;
    await disposed;
    // Not pending: who has waited for the end finds no process.
    assert.notEqual(await Promise.race([terminal.ended, Promise.resolve("alive")]), "alive");
  });

  it("report the branch of their folder, and do not read what is not a file", async function () {
    const head = join(folder, ".git", "HEAD");
    mkdirSync(join(folder, ".git"));
    writeFileSync(head, "ref: refs/heads/feature/one\n");
    setUp(async () => found);
    const known = await terminals.open();
    assert.equal(known.branch, "feature/one");
    await known.dispose();
    if (process.platform === "win32") this.skip();
    rmSync(head);
    execFileSync("mkfifo", [head]);
    const unknown = await terminals.open();
    assert.equal(unknown.branch, undefined);
  });
});
