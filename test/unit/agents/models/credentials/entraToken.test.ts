import assert from "node:assert/strict";
import { Emitter } from "../../../../../src/base/events.ts";
import type { LogFacts } from "../../../../../src/base/logger.ts";
import { silentLogger } from "../../../../../src/base/logger.ts";
import { createCredentials } from "../../../../../src/agents/models/credentials/createCredentials.ts";
import { engineSchema } from "../../../../../src/agents/engines/engineSettings.ts";
import { ModelFailure, type ModelFailureKind } from "../../../../../src/core/models/modelFailure.ts";
import { ModelServer } from "../../../../support/models/modelServer.ts";
import { NO_ABORT } from "../../../../support/models/wireOptions.ts";

const HOUR_MS = 3_600_000;

describe("A token of Microsoft Entra", () => {
  let server: ModelServer;
  let warnings: [string, LogFacts | undefined][];
  let hidden: string[];
  beforeEach(async () => {
    server = await ModelServer.start();
    [warnings, hidden] = [[], []];
  });
  afterEach(async () => await server.dispose());

  const credentials = () =>
    createCredentials({
      settings: engineSchema.parse({
        id: "azure",
        wire: "openai-chat",
        baseUrl: "https://work.openai.azure.com/openai/v1",
        auth: { kind: "entra", tenantId: "contoso/../x", clientId: "client 1", authority: `${server.url}/` },
      }),
      keys: { read: () => Promise.resolve("the-client-secret"), onDidChange: new Emitter<string>().event },
      environment: {},
      logger: { ...silentLogger, warn: (text, facts) => warnings.push([text, facts]) },
      hide: (secret) => hidden.push(secret),
      redact: (text) => text.replaceAll("the-client-secret", "(hidden)"),
    });
  const token = (access_token: string, expires_in: number | string) => ({
    body: JSON.stringify({ token_type: "Bearer", access_token, expires_in }),
  });
  const rejected = (description: string, headers: Record<string, string> = {}) => ({
    status: 401,
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify({ error: "invalid_client", error_description: `${description}\r\nTrace ID: 1` }),
  });
  const fails = async (kind: ModelFailureKind, sentence: RegExp) => {
    await assert.rejects(credentials().key(NO_ABORT), (error) => {
      assert.ok(error instanceof ModelFailure, String(error));
      assert.equal(error.kind, kind, error.message);
      assert.match(error.message, sentence);
      return true;
    });
  };

  it("is fetched with the credentials of the client, and kept", async () => {
    server.reply(token("token-1", 3600));
    const of = credentials();
    assert.equal(await of.key(NO_ABORT), "token-1");
    assert.equal(await of.key(NO_ABORT), "token-1");
    assert.equal(server.requests.length, 1);
    const { method, url, headers, body } = server.at(0);
    assert.deepEqual([method, url], ["POST", "/contoso%2F..%2Fx/oauth2/v2.0/token"]);
    assert.match(headers["content-type"] ?? "", /^application\/x-www-form-urlencoded/);
    assert.deepEqual(Object.fromEntries(new URLSearchParams(body.toString())), {
      grant_type: "client_credentials",
      client_id: "client 1",
      client_secret: "the-client-secret",
      scope: "https://cognitiveservices.azure.com/.default",
    });
    assert.deepEqual(hidden, ["the-client-secret", "token-1"]);
  });

  it("is fetched again when the vendor rejects it", async () => {
    server.reply(token("token-1", "3600"), token("token-2", 3600));
    const of = credentials();
    assert.equal(await of.key(NO_ABORT), "token-1");
    assert.equal(await of.key(NO_ABORT, "token-1"), "token-2");
  });

  it("says what is wrong with each setting", async () => {
    for (const [code, sentence] of [
      [
        "AADSTS7000215: Invalid client secret provided: the-client-secret",
        /secret is wrong.*its value is needed, not its ID.*\(hidden\)”$/,
      ],
      ["AADSTS7000222: The provided client secret keys are expired", /expired\. Create another one/],
      ["AADSTS700016: Application not found", /no such application.*'clientId'/],
      ["AADSTS90002: Tenant not found", /no such tenant.*'tenantId'/],
      ["AADSTS70011: The provided scope is not valid", /scope is not valid/],
      [
        "AADSTS99999: Something new",
        /^Microsoft Entra gives no token to the engine 'azure'\. It says: “AADSTS99999: Something new”$/,
      ],
    ] as const) {
      server.reply(rejected(code));
      await fails("unauthorized", sentence);
    }
  });

  it("blames the clock where it is the clock, and tells of it in the log where the token is good", async () => {
    const date = new Date(Date.now() - HOUR_MS).toUTCString();
    server.reply(rejected("AADSTS700024: Client assertion is not within its valid time range."));
    await fails("clock", /clock/);
    server.reply(rejected("AADSTS7000215: Invalid client secret", { date }));
    await fails("clock", /differs from that of 127\.0\.0\.1:\d+ by more than 5 minutes/);
    server.reply({ ...token("token-1", 3600), headers: { "content-type": "application/json", date } });
    warnings = [];
    assert.equal(await credentials().key(NO_ABORT), "token-1");
    const [text, facts] = warnings[0] ?? [];
    assert.match(text ?? "", /^The clock of this machine differs/);
    assert.ok(Math.abs(Number(facts?.["seconds"]) + 3600) < 60);
  });

  it("fails in plain words where there is no Entra", async () => {
    server.reply(
      { headers: { "content-type": "text/html" }, body: "<html>Login</html>" },
      { status: 302, headers: { location: "http://127.0.0.1:1/" } },
      { body: '{"access_token":""}' },
      { status: 503, body: "" },
      token("two lines\nhere", 3600),
    );
    await fails("protocol", /sent no token/);
    await fails("protocol", /redirects elsewhere/);
    await fails("protocol", /sent no token/);
    await fails("overloaded", /503/);
    await fails("unauthorized", /token of Microsoft Entra.*2 lines/);
  });
});
