import assert from "node:assert/strict";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { isEnd } from "../../../src/protocol/events.ts";
import { destinationListSchema } from "../../../src/protocol/exports/destinations.ts";
import { statusSchema } from "../../../src/protocol/status.ts";
import { FakeExports } from "../../support/exports/fakeExports.ts";
import { callPort } from "../../support/httpClient.ts";
import { startBundledBridge } from "../../support/programs/bundledBridge.ts";
import { buildSeparateBundles } from "../../support/programs/separateBundles.ts";
import { removeFolder, temporaryFolder } from "../../support/temporaryFolder.ts";
import { startTestBridge, TEST_TOKEN, type TestBridge } from "../../support/testBridge.ts";
import { until } from "../../support/until.ts";

const archive = { name: "archive", kind: "s3", bucket: "b" };

describe("The module of exports", () => {
  let bridge: TestBridge | undefined;
  let elements: unknown[];
  const exported = { now: new FakeExports() };
  beforeEach(() => {
    exported.now = new FakeExports();
    elements = [archive];
  });
  afterEach(async () => {
    await bridge?.dispose();
    bridge = undefined;
  });

  const start = async (openExports = exported.now.open, storageFolder = "/storage"): Promise<TestBridge> => {
    const settings = () => (key: string) => (key === "exports" ? elements : undefined);
    bridge = await startTestBridge({ openExports, settings, storageFolder });
    return bridge;
  };
  const exportsOf = async (running: TestBridge) =>
    statusSchema.parse((await running.call("/api/kiro/status")).json).exports;

  it("opens the destinations before the server listens, with all fields of the setting", async () => {
    const { core } = await start();
    const { ports, applied } = exported.now;
    assert.deepEqual(applied, [[{ ...archive, enabled: true }]]);
    assert.equal(ports?.events, core.events);
    assert.equal(ports?.folder, join("/storage", "exports"));
  });

  it("tells the state of each in the status", async () => {
    assert.deepEqual(await exportsOf(await start()), [{ name: "archive", kind: "s3", state: "ok" }]);
  });

  it("opens nothing without a destination, and the first one that is added while the bridge is running", async () => {
    elements = [];
    const running = await start();
    assert.deepEqual([exported.now.ports, await exportsOf(running)], [undefined, undefined]);
    elements = [archive];
    running.applySettings();
    await until(() => exported.now.ports !== undefined);
    elements = [];
    running.applySettings();
    assert.deepEqual(exported.now.applied, [[{ ...archive, enabled: true }], []]);
  });

  it("removes what earlier destinations have left, unless their entries have a mistake, without opening exports", async () => {
    elements = [{ ...archive, name: "No" }];
    const storageFolder = await temporaryFolder();
    const folder = join(storageFolder, "exports");
    await mkdir(join(folder, "outbox", "w1-epoch"), { recursive: true });
    await writeFile(join(folder, "outbox", "w1-epoch", "0000000001.jsonl"), "");
    const running = await start(undefined, storageFolder);
    await running.dispose();
    assert.deepEqual(await readdir(folder), ["outbox"]);
    elements = [];
    await start(undefined, storageFolder);
    await until(async () => (await readdir(folder)).length === 0);
    assert.equal(exported.now.ports, undefined);
    await bridge?.dispose();
    bridge = undefined;
    await removeFolder(storageFolder);
  });

  it("leaves out elements without a valid name, and keeps the others", async () => {
    elements = [{ ...archive, name: "No" }, archive, { ...archive, kind: "gcs" }];
    await start();
    assert.deepEqual(exported.now.applied, [[{ ...archive, enabled: true }]]);
  });

  it("starts the bridge although the exports cannot be opened, tells why, and tries again with the next change", async () => {
    let failures = 1;
    const running = await start(async (...call) => {
      if (failures-- > 0) throw new Error("The disk is full.");
      return await exported.now.open(...call);
    });
    const list = async () => destinationListSchema.parse((await running.call("/kiro/exports")).json);
    assert.deepEqual(await list(), {
      destinations: [],
      problems: ["The exports could not be started: The disk is full."],
    });
    const { status, json } = await running.call("/kiro/exports/archive/test", { method: "POST" });
    assert.deepEqual([status, json["message"]], [404, "The exports could not be started: The disk is full."]);
    running.applySettings();
    await until(async () => (await list()).destinations.length === 1);
    assert.deepEqual((await list()).problems, []);
  });

  it("closes the destinations when everything has ended that they export", async () => {
    const running = await start();
    const ends: string[] = [];
    const dispose = exported.now.dispose.bind(exported.now);
    let endsAtDisposal = 0;
    exported.now.dispose = () => {
      endsAtDisposal = ends.length;
      dispose();
    };
    running.core.events.onDidAppend((event) => {
      if (isEnd(event)) ends.push(event.type);
    });
    running.editor.register("test.hang", () => new Promise(() => undefined));
    const call = running.execute({ command: "test.hang" }).catch(() => undefined);
    await until(() => running.core.executions.active.size === 1);
    await running.dispose();
    await call;
    bridge = undefined;
    assert.deepEqual([exported.now.isDisposed, endsAtDisposal], [true, 1]);
  });
});

describe("The bundle of exports", function () {
  this.timeout(120_000);
  let folder: string;
  before(async () => {
    folder = await temporaryFolder();
    await buildSeparateBundles(folder, ["exports/exportsLibrary.ts", "exports/awsLibrary.ts"]);
  });
  after(() => removeFolder(folder));

  it("is read only for a destination", async () => {
    const require = createRequire(join(folder, "x.cjs"));
    const isRead = (): boolean => join(folder, "exports.cjs") in require.cache;
    const without = await startBundledBridge(folder, { exports: [] });
    await without.dispose();
    assert.equal(isRead(), false);
    const bridge = await startBundledBridge(folder, { exports: [{ name: "nobody", kind: "pigeon" }] });
    try {
      assert.equal(isRead(), true);
      const headers = { Authorization: `Bearer ${TEST_TOKEN}` };
      const { json } = await callPort(bridge.server.port, "/kiro/exports", { headers });
      assert.match(destinationListSchema.parse(json).problems.join(), /^kiroBridge\.exports: nobody: kind: /);
    } finally {
      await bridge.dispose();
    }
  });

  it("does without the credential chain of AWS until a destination has sent with it", async () => {
    const { cache } = createRequire(join(folder, "x.cjs"));
    const element = { kind: "s3", bucket: "runs", region: "eu-west-1", endpoint: "http://127.0.0.1:9" };
    const exports = [
      { ...element, name: "keys", auth: { kind: "secret" } },
      { ...element, name: "chain", auth: { kind: "chain", profile: "of-no-machine" } },
    ];
    const bridge = await startBundledBridge(folder, { exports });
    const isReadAfter = async (name: string): Promise<boolean> => {
      const headers = { Authorization: `Bearer ${TEST_TOKEN}` };
      const { json } = await callPort(bridge.server.port, `/kiro/exports/${name}/test`, { method: "POST", headers });
      assert.equal(json["success"], false);
      return join(folder, "aws.cjs") in cache;
    };
    try {
      assert.deepEqual([await isReadAfter("keys"), await isReadAfter("chain")], [false, true]);
    } finally {
      await bridge.dispose();
    }
  });
});
