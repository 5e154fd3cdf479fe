import assert from "node:assert/strict";
import { createSend, type Sender } from "../../../../../src/exports/http/createSend.ts";
import type { OutgoingRequest } from "../../../../../src/exports/http/request.ts";
import { storageAuthSchema, storageSend } from "../../../../../src/exports/signing/azure/storageAuth.ts";
import { failsWith } from "../../../../support/exports/failsWith.ts";
import { ScriptedServer } from "../../../../support/exports/scriptedServer.ts";
import { signingPorts, type TestSigningPorts } from "../../../../support/exports/signingPorts.ts";

const signal = new AbortController().signal;
const accountKey = Buffer.from("the key of an account").toString("base64");
const signature = "sv=2024-11-04&sp=cw&sig=abc%2Bdef%3D";

describe("The way into a storage account of Azure", () => {
  let server: ScriptedServer;
  let sender: Sender;
  beforeEach(async () => {
    server = await ScriptedServer.start();
    server.otherwise = { status: 201 };
    sender = createSend({ now: Date.now, userAgent: "test" });
  });
  afterEach(async () => {
    sender.dispose();
    await server.dispose();
  });
  const ports = (secret: string | undefined, environment: NodeJS.ProcessEnv = {}) =>
    signingPorts({ secret, environment, send: sender.send });
  const put = async (auth: unknown, given: TestSigningPorts, path = "/runs/a.json") => {
    const request: OutgoingRequest = { method: "PUT", url: new URL(server.url + path), headers: {} };
    return await storageSend(storageAuthSchema.parse(auth), "work", given).send(request, signal);
  };

  it("is the key of the account, alone or in its connection string", async () => {
    const connection = `DefaultEndpointsProtocol=https;AccountName=work;AccountKey=${accountKey};EndpointSuffix=core.windows.net`;
    await put({ kind: "key" }, ports(accountKey));
    await put({ kind: "key", variable: "STORAGE" }, ports(undefined, { STORAGE: connection }));
    for (const { headers } of server.requests)
      assert.match(headers["authorization"] ?? "", /^SharedKey work:[\w+/]+=$/);
    await failsWith(
      "blocked",
      put({ kind: "key" }, ports("my password")),
      /neither the key .* nor its connection string\.$/,
    );
  });

  it("is a shared access signature, which is added to the query and hidden with its secret part", async () => {
    const given = ports(`https://work.blob.core.windows.net/runs?${signature}`);
    await put({ kind: "sas" }, given, "/runs?comp=list");
    await put({ kind: "sas" }, given);
    assert.deepEqual(
      server.requests.map(({ url }) => url),
      [`/runs?comp=list&${signature}`, `/runs/a.json?${signature}`],
    );
    assert.ok(given.hidden.includes("abc+def="));
    assert.ok(given.hidden.includes(signature));
    await failsWith(
      "blocked",
      put({ kind: "sas" }, ports("sv=1&sp=cw")),
      /is not a shared access signature \(SAS\)\.$/,
    );
  });

  it("is never sent to another machine without encryption, where it could be used by who reads it", async () => {
    const auth = storageAuthSchema.parse({ kind: "sas" });
    const url = new URL("http://storage.example/runs");
    await failsWith(
      "blocked",
      storageSend(auth, "work", ports(signature)).send({ method: "GET", url, headers: {} }, signal),
      /storage\.example would not be encrypted/,
    );
  });

  it("is a token of Microsoft Entra for storage", async () => {
    server.reply({ body: JSON.stringify({ access_token: "token-1", expires_in: 3600 }) });
    const auth = { kind: "entra", tenantId: "contoso", clientId: "client", authority: server.url };
    await put(auth, ports("the-client-secret"));
    const [token, blob] = server.requests;
    assert.equal(token?.url, "/contoso/oauth2/v2.0/token");
    assert.equal(new URLSearchParams(token?.body.toString()).get("scope"), "https://storage.azure.com/.default");
    assert.equal(blob?.headers["authorization"], "Bearer token-1");
  });

  it("takes another token when the first is rejected", async () => {
    server.reply(
      { body: JSON.stringify({ access_token: "token-1", expires_in: 3600 }) },
      { status: 401 },
      { body: JSON.stringify({ access_token: "token-2", expires_in: 3600 }) },
    );
    const auth = { kind: "entra", tenantId: "contoso", clientId: "client", authority: server.url };
    assert.equal((await put(auth, ports("the-client-secret"))).status, 201);
    assert.equal(server.at(-1).headers["authorization"], "Bearer token-2");
  });

  it("tells a refusal of Microsoft Entra in words, with the clock where it may be that", async () => {
    const refusal = JSON.stringify({
      error: "invalid_client",
      error_description: "AADSTS7000215: the-client-secret is wrong\r\nTrace: 1",
    });
    const headers = { "content-type": "application/json" };
    server.reply(
      { status: 401, headers, body: refusal },
      { status: 401, headers: { ...headers, date: new Date(Date.now() + 20 * 60_000).toUTCString() }, body: refusal },
      { status: 503, body: "" },
      { status: 200, headers: { "content-type": "text/html" }, body: "<html>Login</html>" },
    );
    const auth = { kind: "entra", tenantId: "contoso", clientId: "client", authority: server.url };
    const once = () => put(auth, ports("the-client-secret"));
    await failsWith(
      "blocked",
      once(),
      /^Microsoft Entra, .*'test', .*its value is needed, not its ID\. It says: “AADSTS7000215: \(hidden\) is wrong/,
    );
    await failsWith("blocked", once(), /clock of this machine is 20 minutes behind/);
    await failsWith("passing", once(), /503/);
    await failsWith("blocked", once(), /sent no token/);
  });
});
