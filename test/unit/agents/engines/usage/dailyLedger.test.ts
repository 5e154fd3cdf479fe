import assert from "node:assert/strict";
import { appendFile, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { silentLogger } from "../../../../../src/base/logger.ts";
import { engineSchema, type EngineSettings } from "../../../../../src/agents/engines/engineSettings.ts";
import type { UsageEntry } from "../../../../../src/agents/engines/ports.ts";
import { DailyLedger } from "../../../../../src/agents/engines/usage/dailyLedger.ts";
import { engineUsageSchema } from "../../../../../src/protocol/agents/engineUsage.ts";
import { isBridgeError } from "../../../../../src/protocol/errors.ts";
import { removeFolder, temporaryFolder } from "../../../../support/temporaryFolder.ts";
import { until } from "../../../../support/until.ts";
import { ManualClock } from "../../../../support/windows/manualClock.ts";

const engine = (id: string, limits: Partial<EngineSettings["limits"]>, currency = "EUR"): EngineSettings =>
  engineSchema.parse({ id, wire: "openai-chat", limits, prices: { input: 1, output: 2, currency } });

const entry = (change: Partial<UsageEntry> = {}): UsageEntry => ({
  engineId: "gpt",
  model: "m",
  principalId: "owner",
  sessionId: "sess-1",
  executionId: "exec-1",
  usage: { inputTokens: 100, cachedInputTokens: 20, outputTokens: 10 },
  cost: 0.5,
  ...change,
});

describe("DailyLedger", () => {
  let folder: string;
  let clock: ManualClock;
  let now: Date;
  let warnings: string[];
  let open: DailyLedger[];

  beforeEach(async () => {
    folder = join(await temporaryFolder(), "usage");
    clock = new ManualClock();
    now = new Date(2026, 10, 27, 22, 0);
    warnings = [];
    open = [];
  });
  afterEach(async () => {
    for (const ledger of open) await ledger.dispose();
    await removeFolder(join(folder, ".."));
  });

  const window = (windowId: string, engines: readonly EngineSettings[], shared = true): DailyLedger => {
    const logger = { ...silentLogger, warn: (text: string) => void warnings.push(text) };
    const ledger = new DailyLedger({
      engines,
      folder: shared ? folder : undefined,
      windowId,
      clock,
      logger,
      now: () => now,
    });
    open.push(ledger);
    return ledger;
  };
  const reached = (limitName: string, used: number) => (error: unknown) => {
    assert.ok(isBridgeError(error) && error.code === "RATE_LIMIT_EXCEEDED");
    const midnight = new Date(2026, 10, 28).toISOString();
    assert.deepEqual(
      { name: error.context?.["limitName"], used: error.context?.["used"], resetsAt: error.context?.["resetsAt"] },
      { name: limitName, used, resetsAt: midnight },
    );
    assert.equal(error.retryAfterSeconds, 2 * 3600);
    return true;
  };

  it("stops an engine at its daily tokens, and names the limit, the use and the time of the next midnight", async () => {
    const ledger = window("w1", [engine("gpt", { maxDailyTokens: 200 }), engine("other", {})]);
    ledger.record(entry());
    await ledger.assertWithin("gpt", "owner");
    ledger.record(entry());
    await assert.rejects(ledger.assertWithin("gpt", "owner"), reached("maxDailyTokens", 220));
    await assert.rejects(ledger.assertWithin("gpt", "owner"), /'gpt' has reached its daily limit of 200 tokens/);
    await ledger.assertWithin("other", "owner");
  });

  it("stops an engine at its daily cost in its own currency", async () => {
    const ledger = window("w1", [engine("gpt", { maxDailyCost: 1 })]);
    ledger.record(entry());
    await ledger.assertWithin("gpt", "owner");
    ledger.record(entry());
    await assert.rejects(ledger.assertWithin("gpt", "owner"), reached("maxDailyCost", 1));
    const changed = window("w2", [engine("gpt", { maxDailyCost: 1 }, "USD")]);
    await changed.assertWithin("gpt", "owner");
  });

  it("stops one client at its daily tokens, and neither others nor the user", async () => {
    const ledger = window("w1", [engine("gpt", { maxDailyTokensPerClient: 100 })]);
    ledger.record(entry({ principalId: "client-1" }));
    ledger.record(entry());
    await assert.rejects(ledger.assertWithin("gpt", "client-1"), reached("maxDailyTokensPerClient", 110));
    await ledger.assertWithin("gpt", "client-2");
    await ledger.assertWithin("gpt", "owner");
  });

  it("counts what other windows use, also those that have ended", async () => {
    const engines = [engine("gpt", { maxDailyTokens: 300 })];
    const [one, two] = [window("w1", engines), window("w2", engines)];
    one.record(entry());
    two.record(entry());
    await one.dispose();
    await two.assertWithin("gpt", "owner");
    const three = window("w3", engines);
    three.record(entry());
    await three.dispose();
    await assert.rejects(two.assertWithin("gpt", "owner"), reached("maxDailyTokens", 330));
    await assert.rejects(window("w1", engines).assertWithin("gpt", "owner"), reached("maxDailyTokens", 220 + 110));
  });

  it("tells other windows at once of the first steps, and then every second", async () => {
    const engines = [engine("gpt", { maxDailyTokens: 1 })];
    const [one, two] = [window("w1", engines), window("w2", engines)];
    const seen = async (): Promise<number> => (await two.overview()).engines[0]?.steps ?? 0;
    one.record(entry());
    await until(async () => (await seen()) === 1);
    for (let step = 0; step < 5; step++) one.record(entry());
    await one.overview();
    assert.equal(await seen(), 1);
    await clock.pass(1000);
    await until(async () => (await seen()) === 6);
    const [path = ""] = await readdir(folder);
    const lines = (await readFile(join(folder, path), "utf8")).trim().split("\n");
    assert.equal(lines.length, 2, "steps of a second are one line");
  });

  it("begins at zero after midnight", async () => {
    const ledger = window("w1", [engine("gpt", { maxDailyTokens: 100 })]);
    const other = window("w2", [engine("gpt", { maxDailyTokens: 100 })]);
    now = new Date(2026, 10, 27, 23, 59, 59);
    ledger.record(entry());
    await assert.rejects(ledger.assertWithin("gpt", "owner"));
    now = new Date(2026, 10, 28, 0, 0, 1);
    await ledger.assertWithin("gpt", "owner");
    ledger.record(entry({ usage: { inputTokens: 1, outputTokens: 1 } }));
    await ledger.dispose();
    const { day, engines, resetsAt } = await other.overview();
    assert.deepEqual({ day, tokens: engines[0]?.inputTokens }, { day: "2026-11-28", tokens: 1 });
    assert.equal(resetsAt, new Date(2026, 10, 29).toISOString());
  });

  it("sums by engine, principal and session, the largest first, in the public form", async () => {
    const limits = { maxDailyTokens: 1000, maxDailyCost: 9, maxDailyTokensPerClient: 500 };
    const ledger = window("w1", [engine("gpt", limits), engine("idle", {})]);
    ledger.record(entry());
    ledger.record(
      entry({ principalId: "client-1", sessionId: "sess-2", usage: { inputTokens: 300, outputTokens: 1 } }),
    );
    ledger.record(entry({ sessionId: undefined, cost: undefined }));
    const other = window("w2", [engine("gpt", {})]);
    other.record(entry());
    await other.dispose();
    const overview = await ledger.overview();
    assert.deepEqual(engineUsageSchema.parse(overview), overview);
    const used = { engine: "gpt", cost: 1.5, currency: "EUR", cachedInputTokens: 60, inputTokens: 600 };
    assert.deepEqual(overview.engines, [
      { ...used, outputTokens: 31, steps: 4, ...limits },
      { engine: "idle", steps: 0, inputTokens: 0, cachedInputTokens: 0, outputTokens: 0 },
    ]);
    assert.deepEqual(
      overview.principals.map(({ principalId, inputTokens, cost }) => [principalId, inputTokens, cost]),
      [
        ["owner", 300, 1],
        ["client-1", 300, 0.5],
      ],
    );
    assert.deepEqual(
      overview.sessions.map(({ sessionId, windowId, steps }) => [sessionId, windowId, steps]),
      [
        ["sess-2", "w1", 1],
        ["sess-1", "w1", 1],
        ["sess-1", "w2", 1],
      ],
    );
  });

  it("keeps its totals small, whatever sessions there are", async () => {
    const ledger = window("w1", [engine("gpt", {})], false);
    for (let number = 0; number < 5000; number++) ledger.record(entry({ sessionId: `sess-${number}` }));
    const { engines, sessions } = await ledger.overview();
    assert.equal(engines[0]?.steps, 5000);
    assert.equal(sessions.length, 200);
  });

  it("ignores lines that are damaged or not written to their end", async () => {
    const engines = [engine("gpt", {})];
    const one = window("w1", engines);
    one.record(entry());
    await one.dispose();
    const [name = ""] = await readdir(folder);
    const path = join(folder, name);
    const line = await readFile(path, "utf8");
    await appendFile(path, `00000000 {"engine":"gpt"}\n${line.slice(0, 30)}`);
    const two = window("w2", engines);
    assert.equal((await two.overview()).engines[0]?.steps, 1);
    await appendFile(path, line.slice(30));
    assert.equal((await two.overview()).engines[0]?.steps, 2);
  });

  it("has files that only this user can read and that say nothing of the contents, for two days", async () => {
    const ledger = window("w1", [engine("gpt", {})]);
    ledger.record(entry({ executionId: "exec-secret" }));
    await ledger.dispose();
    const [name = ""] = await readdir(folder);
    const path = join(folder, name);
    if (process.platform !== "win32") assert.equal((await stat(path)).mode & 0o777, 0o600);
    assert.doesNotMatch(await readFile(path, "utf8"), /exec-secret/);
    const old = join(folder, `2020-01-01${name.slice(10)}`);
    await writeFile(old, "");
    const next = window("w2", [engine("gpt", {})]);
    next.record(entry());
    await next.dispose();
    assert.equal((await readdir(folder)).includes(`2020-01-01${name.slice(10)}`), false);
  });

  it("goes on in memory while its folder cannot be used, says so once, and writes later", async () => {
    await writeFile(folder, "a file in its place");
    const engines = [engine("gpt", { maxDailyTokens: 200 })];
    const ledger = window("w1", engines);
    ledger.record(entry());
    await ledger.overview();
    ledger.record(entry());
    await clock.pass(1000);
    await assert.rejects(ledger.assertWithin("gpt", "owner"), reached("maxDailyTokens", 220));
    assert.deepEqual(warnings, ["The usage of engines is not shared with other windows"]);
    await rm(folder);
    await ledger.dispose();
    await assert.rejects(window("w2", engines).assertWithin("gpt", "owner"), reached("maxDailyTokens", 220));
  });
});
