import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { DisposableStore } from "../../../../src/base/disposables.ts";
import { azureBlobSchema, createAzureBlob } from "../../../../src/exports/archive/azureBlob.ts";
import type { FailureKind } from "../../../../src/exports/delivery/destination.ts";
import { archivePorts, RUN_KEY, runEnd } from "../../../support/exports/archivedRuns.ts";
import { failsWith } from "../../../support/exports/failsWith.ts";
import { ScriptedServer } from "../../../support/exports/scriptedServer.ts";
import type { ModelReply } from "../../../support/models/modelServer.ts";

const { signal } = new AbortController();
const key = Buffer.from("the key of an account").toString("base64");

describe("An archive in Azure Blob Storage", () => {
  let server: ScriptedServer;
  let store: DisposableStore;
  beforeEach(async () => {
    store = new DisposableStore();
    server = store.add(await ScriptedServer.start());
  });
  afterEach(() => store.dispose());

  const open = (settings: object = {}, secret = key) => {
    const element = { name: "mine", kind: "azure-blob", account: "work", container: "runs", endpoint: server.url };
    return store.add(createAzureBlob(azureBlobSchema.parse({ ...element, ...settings }), archivePorts(store, secret)));
  };
  const refusal = (status: number, code: string, headers: Record<string, string> = {}): ModelReply => ({
    status,
    headers: { "content-type": "application/xml", "x-ms-error-code": code, ...headers },
    body: `<?xml version="1.0"?><Error><Code>${code}</Code><Message>No</Message></Error>`,
  });

  it("creates a blob on condition that there is none, with its hash", async () => {
    server.reply({ status: 201 });
    await open({ accessTier: "Cool", gzip: true }).send([runEnd()], signal);
    const { method, url, headers, body } = server.at(0);
    assert.deepEqual([method, url], ["PUT", `/runs/${RUN_KEY}`]);
    assert.equal(headers["if-none-match"], "*");
    assert.equal(headers["content-md5"], createHash("md5").update(body).digest("base64"));
    assert.equal(headers["x-ms-access-tier"], "Cool");
    assert.equal(headers["x-ms-blob-content-encoding"], "gzip");
    assert.match(headers["authorization"] ?? "", /^SharedKey work:/);
  });

  it("takes a blob that exists for stored", async () => {
    server.reply(refusal(409, "BlobAlreadyExists"), refusal(412, "ConditionNotMet"));
    const kept = { outcome: "stored", detail: "The container 'runs' has this run already." };
    assert.deepEqual(await open().send([runEnd()], signal), kept);
    assert.deepEqual(await open().send([runEnd()], signal), kept);
  });

  it("tells what follows from each refusal, and what to do", async () => {
    const ahead = { date: new Date(Date.now() - 20 * 60_000).toUTCString() };
    const refusals: readonly (readonly [ModelReply, FailureKind, RegExp])[] = [
      [refusal(403, "AuthenticationFailed", ahead), "blocked", /clock of this machine is 20 minutes ahead/],
      [refusal(403, "AuthorizationPermissionMismatch"), "blocked", /Storage Blob Data Contributor/],
      [refusal(403, "KeyBasedAuthenticationNotPermitted"), "blocked", /set 'auth' to 'entra'/],
      [refusal(404, "ContainerNotFound"), "blocked", /Create the container/],
      [refusal(409, "ContainerBeingDeleted"), "passing", /409/],
      [refusal(400, "Md5Mismatch"), "passing", /400/],
      [refusal(413, "RequestBodyTooLarge"), "refused", /anything that large/],
      [refusal(503, "ServerBusy", { "retry-after": "5" }), "passing", /503/],
    ];
    for (const [answer, kind, sentence] of refusals) {
      server.reply(answer);
      await failsWith(kind, open().send([runEnd()], signal), sentence);
    }
  });

  it("asks Microsoft Entra for another token when the first has expired", async () => {
    const token = (text: string): ModelReply => ({ body: JSON.stringify({ access_token: text, expires_in: 3600 }) });
    server.reply(token("one"), refusal(401, "InvalidAuthenticationInfo"), token("two"), { status: 201 });
    const auth = { kind: "entra", tenantId: "contoso", clientId: "client", authority: server.url };
    assert.deepEqual(await open({ auth }, "the-client-secret").send([runEnd()], signal), { outcome: "stored" });
    assert.equal(server.at(3).headers["authorization"], "Bearer two");
  });

  it("reads all pages of a list", async () => {
    const page = (prefix: string, next: string): ModelReply => ({
      headers: { "content-type": "application/xml" },
      body: `<EnumerationResults><Blobs><BlobPrefix><Name>${prefix}</Name></BlobPrefix></Blobs><NextMarker>${next}</NextMarker></EnumerationResults>`,
    });
    server.reply(page("a&amp;b/2026-11-01/", "x=&amp;1"), page("a&amp;b/2026-11-02/", ""));
    assert.deepEqual(await open({ prefix: "a&b" }).archive?.days(signal), ["2026-11-02", "2026-11-01"]);
    const { searchParams } = new URL(server.at(1).url, server.url);
    assert.deepEqual([searchParams.get("prefix"), searchParams.get("marker")], ["a&b/", "x=&1"]);
  });
});
