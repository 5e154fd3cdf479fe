import assert from "node:assert/strict";
import { createHash, generateKeyPairSync } from "node:crypto";
import { DisposableStore } from "../../../../src/base/disposables.ts";
import { createGcs, gcsSchema } from "../../../../src/exports/archive/gcs.ts";
import type { FailureKind } from "../../../../src/exports/delivery/destination.ts";
import { archivePorts, RUN_ID, RUN_KEY, runEnd } from "../../../support/exports/archivedRuns.ts";
import { failsWith } from "../../../support/exports/failsWith.ts";
import { type ScriptedRequest, ScriptedServer } from "../../../support/exports/scriptedServer.ts";
import type { ModelReply } from "../../../support/models/modelServer.ts";

const { signal } = new AbortController();

describe("An archive in Google Cloud Storage", () => {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const secret = JSON.stringify({
    type: "service_account",
    client_email: "exports@kiro.iam.gserviceaccount.com",
    private_key: privateKey.export({ type: "pkcs8", format: "pem" }),
  });
  let server: ScriptedServer;
  let store: DisposableStore;
  beforeEach(async () => {
    store = new DisposableStore();
    server = store.add(await ScriptedServer.start());
  });
  afterEach(() => store.dispose());

  const open = (settings: object = {}) => {
    const element = { name: "mine", kind: "gcs", bucket: "runs", endpoint: server.url, auth: { kind: "secret" } };
    return store.add(createGcs(gcsSchema.parse({ ...element, ...settings }), archivePorts(store, secret)));
  };
  const refusal = (status: number, message: string, headers: Record<string, string> = {}): ModelReply => ({
    status,
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify({ error: { code: status, message } }),
  });
  const stored = ({ body }: ScriptedRequest): ModelReply => ({
    body: JSON.stringify({ md5Hash: createHash("md5").update(body).digest("base64") }),
  });

  it("creates an object on condition that there is none, and takes only its hash for a proof", async () => {
    server.reply(stored, { body: "{}" }, { body: JSON.stringify({ md5Hash: "other==" }) });
    assert.deepEqual(await open({ prefix: "a b" }).send([runEnd()], signal), { outcome: "stored" });
    const { pathname, searchParams } = new URL(server.at(0).url, server.url);
    assert.equal(pathname, "/upload/storage/v1/b/runs/o");
    assert.deepEqual(Object.fromEntries(searchParams), {
      uploadType: "media",
      name: `a b/${RUN_KEY}`,
      ifGenerationMatch: "0",
    });
    assert.match(server.at(0).headers["authorization"] ?? "", /^Bearer [\w-]+\.[\w-]+\.[\w-]+$/);
    for (const _ of [1, 2])
      await failsWith("passing", open().send([runEnd()], signal), /does not say that it has stored what was sent/);
  });

  it("takes an object that exists for stored", async () => {
    server.reply(refusal(412, "At least one of the pre-conditions you specified did not hold."));
    const { outcome, detail } = await open().send([runEnd()], signal);
    assert.deepEqual([outcome, detail], ["stored", "The bucket 'runs' has this run already."]);
  });

  it("tells what follows from each refusal, and what to do", async () => {
    const behind = { date: new Date(Date.now() + 20 * 60_000).toUTCString() };
    const refusals: readonly (readonly [ModelReply, FailureKind, RegExp])[] = [
      [refusal(401, "Invalid Credentials", behind), "blocked", /clock of this machine is 20 minutes behind/],
      [refusal(403, "exports@kiro does not have storage.objects.create access"), "blocked", /Storage Object Creator/],
      [refusal(404, "The specified bucket does not exist."), "blocked", /Create the bucket/],
      [refusal(413, "Too large"), "refused", /anything that large/],
      [refusal(429, "Slow down", { "retry-after": "5" }), "passing", /429/],
      [refusal(503, "Backend error"), "passing", /503/],
    ];
    for (const [answer, kind, sentence] of refusals) {
      server.otherwise = answer;
      await failsWith(kind, open().send([runEnd()], signal), sentence);
    }
  });

  it("lists and reads what is there, and knows a missing run from a missing bucket", async () => {
    server.reply(
      { body: JSON.stringify({ prefixes: ["2026-11-01/"], nextPageToken: "n=1" }) },
      { body: JSON.stringify({ prefixes: ["2026-11-02/", "test/"] }) },
      { body: JSON.stringify({ items: [{ name: RUN_KEY, size: "12" }] }) },
      refusal(404, `No such object: runs/${RUN_KEY}`),
      refusal(404, "The specified bucket does not exist."),
    );
    const { archive } = open();
    assert.deepEqual(await archive?.days(signal), ["2026-11-02", "2026-11-01"]);
    assert.equal(new URL(server.at(1).url, server.url).searchParams.get("pageToken"), "n=1");
    assert.deepEqual(await archive?.runs("2026-11-28", signal), [
      { executionId: RUN_ID, day: "2026-11-28", queuedAt: Date.UTC(2026, 10, 28, 1, 29), size: 12 },
    ]);
    assert.equal(await archive?.read(RUN_ID, signal), undefined);
    await failsWith("blocked", archive?.read(RUN_ID, signal) ?? Promise.resolve(), /Create the bucket/);
  });
});
