import assert from "node:assert/strict";
import { DisposableStore } from "../../../src/base/disposables.ts";
import type { NamedArchive } from "../../../src/core/runArchive.ts";
import { openArchivedRun } from "../../../src/host/exports/hostExportsLibrary.ts";
import { executeResponseSchema } from "../../../src/protocol/executions.ts";
import { isBridgeError } from "../../../src/protocol/errors.ts";
import type { RunExport } from "../../../src/protocol/runExport.ts";
import { ExportingBridges, untilDestination } from "../../support/exports/exportingBridge.ts";
import { failsWith } from "../../support/exports/failsWith.ts";
import { callAws } from "../../support/exports/peers/awsCall.ts";
import { S3Peer } from "../../support/exports/peers/s3Peer.ts";
import type { TestBridge } from "../../support/testBridge.ts";
import { ScriptedDialogs, type Step } from "../../unit/host/models/scriptedDialogs.ts";

const { signal } = new AbortController();
const ENTER = { pick: "Enter an execution ID…" };
const isGone = (error: unknown) => isBridgeError(error) && error.message.startsWith("runs has no runs.");

/** The whole way of a run into s3rver, and back through the dialogs of the palette. */
describe("A run of an archive in S3, in Open Run…", () => {
  let peer: S3Peer;
  let store: DisposableStore;
  let bridges: ExportingBridges;
  let bridge: TestBridge;
  beforeEach(async () => {
    store = new DisposableStore();
    peer = await S3Peer.start();
    store.defer(() => peer[Symbol.asyncDispose]());
    bridges = store.add(await ExportingBridges.create());
    const { bucket, endpoint, account } = peer;
    const common = { kind: "s3", bucket, region: account.region, endpoint: endpoint.href, auth: { kind: "secret" } };
    bridges.elements = [
      { ...common, name: "runs", content: "all", prefix: "kiro", gzip: true },
      { ...common, name: "off", enabled: false },
      { ...common, name: "absent", bucket: "absent", filter: { commands: ["nothing"] } },
      { name: "hook", kind: "webhook", url: "http://127.0.0.1:9/", signed: false, filter: { commands: ["nothing"] } },
    ];
    for (const name of ["runs", "absent"]) bridges.setSecret(name, JSON.stringify(account));
    bridge = await bridges.start();
  });
  afterEach(() => store.dispose());

  const archives = () => bridge.core.exports?.control.archives() ?? [];
  const named = (wanted: string): NamedArchive["archive"] => {
    const found = archives().find(({ name }) => name === wanted);
    assert.ok(found);
    return found.archive;
  };
  const run = async (): Promise<string> => {
    const { json } = await bridge.execute({ command: "test.echo", args: ["an argument"] });
    const { executionId } = executeResponseSchema.parse(json);
    await untilDestination(bridge, "the run", ({ sent, waiting }) => sent > 0 && waiting.events === 0, "runs");
    return executionId;
  };
  const open = (...script: Step[]): Promise<RunExport | undefined> =>
    openArchivedRun({
      dialogs: new ScriptedDialogs([{ pick: "runs" }, ...script]),
      archives: archives(),
      readFile: () => Promise.reject(new Error("no file")),
    });
  const change = async (key: string, method: string, body?: string): Promise<void> => {
    const url = new URL(`/${peer.bucket}/${key}`, peer.endpoint);
    const answer = await callAws({ method, url, service: "s3", ...(body !== undefined && { body }) }, peer.account);
    assert.ok(answer.ok, await answer.text());
  };

  it("is the one that the history has, found by its day or by its ID", async () => {
    const id = await run();
    assert.deepEqual(
      archives().map(({ name, kind }) => [name, kind]),
      [
        ["runs", "s3"],
        ["absent", "s3"],
      ],
    );
    const [day = ""] = await named("runs").days(signal);
    assert.equal(day, new Date(Number(id.split("-")[1])).toISOString().slice(0, 10));
    const { exportedAt: _time, ...kept } = await bridge.core.history.exportRun(id);
    for (const opened of [await open({ pick: day }, { pick: "test.echo" }), await open(ENTER, { enter: id })]) {
      const { exportedAt: _other, ...read } = opened ?? {};
      assert.deepEqual(read, kept);
    }
  });

  it("is refused if it is something else, and missed if it was removed", async () => {
    const id = await run();
    const [key = ""] = await peer.keys();
    await change(key, "PUT", '{"format":"other"}');
    await failsWith("refused", open(ENTER, { enter: id }), /that is not a run of Kiro Bridge/);
    await change(key, "DELETE");
    await assert.rejects(open(ENTER, { enter: id }), isGone);
  });

  it("cannot be read with a wrong key or without the bucket, which the archive says", async () => {
    const id = await run();
    await failsWith("blocked", named("absent").days(signal), /Create the bucket, or check 'bucket'/);
    bridges.setSecret("runs", JSON.stringify({ ...peer.account, secretAccessKey: "wrong" }));
    await failsWith("blocked", named("runs").days(signal), /secret key is not that of the access key/);
    await failsWith("blocked", named("runs").read(id, signal), /secret key is not that of the access key/);
  });
});
