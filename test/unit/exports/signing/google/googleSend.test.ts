import assert from "node:assert/strict";
import { createPublicKey, generateKeyPairSync } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { jwtVerify, SignJWT } from "jose";
import { createSend, type Sender } from "../../../../../src/exports/http/createSend.ts";
import { googleAuthSchema } from "../../../../../src/exports/signing/google/googleAuth.ts";
import { googleSend } from "../../../../../src/exports/signing/google/googleSend.ts";
import type { GooglePurpose } from "../../../../../src/exports/signing/google/googleTokens.ts";
import { failsWith } from "../../../../support/exports/failsWith.ts";
import { ScriptedServer } from "../../../../support/exports/scriptedServer.ts";
import { signingPorts, type SigningPortsOptions } from "../../../../support/exports/signingPorts.ts";
import { removeFolder, temporaryFolder } from "../../../../support/temporaryFolder.ts";

const signal = new AbortController().signal;
const email = "exports@kiro.iam.gserviceaccount.com";
const storage: GooglePurpose = { scopes: ["https://www.googleapis.com/auth/devstorage.read_write"] };
const audience: GooglePurpose = { audience: "https://hook-x.run.app" };

describe("The credentials of Google", () => {
  const pair = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const pem = pair.privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  const account = { type: "service_account", client_email: email, private_key: pem, private_key_id: "key-1" };
  let server: ScriptedServer;
  let sender: Sender;
  let folder: string;
  beforeEach(async () => {
    folder = await temporaryFolder();
    server = await ScriptedServer.start();
    server.otherwise = { status: 200, body: "{}" };
    sender = createSend({ now: Date.now, userAgent: "test" });
  });
  afterEach(async () => {
    sender.dispose();
    await server.dispose();
    await removeFolder(folder);
  });
  const get = async (auth: object, purpose: GooglePurpose, options: SigningPortsOptions = {}) => {
    const ports = signingPorts({ send: sender.send, ...options });
    const { send } = googleSend(googleAuthSchema.parse(auth), purpose, ports);
    return await send({ method: "GET", url: new URL(`${server.url}/object`), headers: {} }, signal);
  };
  const home = () => ({ HOME: folder });
  const bearer = (index: number) => /^Bearer (.*)$/.exec(server.at(index).headers["authorization"] ?? "")?.[1] ?? "";

  it("of a service account are a JWT of its own for the APIs, without an exchange", async () => {
    const at = Date.now();
    await get({ kind: "secret" }, storage, { secret: JSON.stringify(account), now: () => at });
    assert.equal(server.requests.length, 1);
    const { payload, protectedHeader } = await jwtVerify(bearer(0), createPublicKey(pair.privateKey));
    assert.deepEqual(protectedHeader, { alg: "RS256", typ: "JWT", kid: "key-1" });
    const iat = Math.floor(at / 1000);
    assert.deepEqual(payload, { iss: email, sub: email, scope: storage.scopes[0], iat, exp: iat + 3600 });
  });

  it("of a service account become an ID token for the user's own service", async () => {
    const token = await new SignJWT({})
      .setProtectedHeader({ alg: "HS256" })
      .setIssuedAt()
      .setExpirationTime("1h")
      .sign(Buffer.alloc(32));
    server.reply({ body: JSON.stringify({ id_token: token }) });
    const file = join(folder, "key.json");
    await writeFile(file, JSON.stringify(account));
    await get({ kind: "file", path: file, tokenUrl: `${server.url}/token` }, audience);
    const form = new URLSearchParams(server.at(0).body.toString());
    assert.equal(form.get("grant_type"), "urn:ietf:params:oauth:grant-type:jwt-bearer");
    const { payload } = await jwtVerify(form.get("assertion") ?? "", createPublicKey(pair.privateKey), {
      audience: `${server.url}/token`,
    });
    assert.equal(payload["target_audience"], audience.audience);
    assert.equal(bearer(1), token);
  });

  it("may not name a private address, which only the settings may", async () => {
    for (const host of ["127.0.0.1", "localhost"]) {
      const address = new URL(server.url);
      address.hostname = host;
      const secret = JSON.stringify({ ...account, token_uri: `${address.origin}/token` });
      const sentence = /is not called: .* Only the user's own settings may name one\./;
      await failsWith("blocked", get({ kind: "secret" }, audience, { secret }), sentence);
    }
    assert.equal(server.requests.length, 0);
  });

  it("of a user are refreshed, and name the project that pays", async () => {
    const user = {
      type: "authorized_user",
      client_id: "id",
      client_secret: "s3cret",
      refresh_token: "refresh",
      quota_project_id: "kiro-1",
    };
    await mkdir(join(folder, ".config", "gcloud"), { recursive: true });
    await writeFile(join(folder, ".config", "gcloud", "application_default_credentials.json"), JSON.stringify(user));
    server.reply({ body: JSON.stringify({ access_token: "token-1", expires_in: 3599, token_type: "Bearer" }) });
    const auth = { kind: "default", tokenUrl: `${server.url}/token` };
    await get(auth, storage, { environment: home() });
    assert.deepEqual(Object.fromEntries(new URLSearchParams(server.at(0).body.toString())), {
      grant_type: "refresh_token",
      client_id: "id",
      client_secret: "s3cret",
      refresh_token: "refresh",
    });
    assert.equal(bearer(1), "token-1");
    assert.equal(server.at(1).headers["x-goog-user-project"], "kiro-1");
    await failsWith(
      "blocked",
      get(auth, audience, { environment: home() }),
      /ID token, which only a service account gets/,
    );
  });

  it("are the file that GOOGLE_APPLICATION_CREDENTIALS names, before that of gcloud", async () => {
    const file = join(folder, "key.json");
    await writeFile(file, JSON.stringify(account));
    const environment = { ...home(), GOOGLE_APPLICATION_CREDENTIALS: file };
    await get({ kind: "default" }, storage, { environment });
    assert.equal((await jwtVerify(bearer(0), createPublicKey(pair.privateKey))).payload.iss, email);
  });

  it("come from the metadata address only if that is asked for", async () => {
    const environment = { ...home(), GCE_METADATA_HOST: new URL(server.url).host };
    await failsWith(
      "blocked",
      get({ kind: "default" }, storage, { environment }),
      /no credentials of Google\. Set GOOGLE_APPLICATION_CREDENTIALS, or run 'gcloud/,
    );
    assert.deepEqual(server.requests, []);
    server.reply({ body: JSON.stringify({ access_token: "token-1", expires_in: 3599 }) });
    await get({ kind: "default", useInstanceMetadata: true }, storage, { environment });
    const { url, headers } = server.at(0);
    assert.match(url, /^\/computeMetadata\/v1\/instance\/service-accounts\/default\/token\?scopes=https/);
    assert.equal(headers["metadata-flavor"], "Google");
    assert.equal(bearer(1), "token-1");
  });

  it("that cannot be used are told in words, without what they are", async () => {
    const large = join(folder, "large.json");
    await writeFile(large, " ".repeat(70_000));
    for (const [auth, secret, sentence] of [
      [{ kind: "secret" }, "no json", /^The secret of the destination 'test' has no credentials of Google\./],
      [{ kind: "secret" }, '{"type": "external_account"}', /has the type 'external_account', which is not supported/],
      [
        { kind: "secret" },
        JSON.stringify({ ...account, private_key: "no key" }),
        /private key of the service account exports@.* is not an RSA key/,
      ],
      [{ kind: "file", path: "key.json" }, undefined, /'key\.json' of the destination 'test' is not absolute/],
      [{ kind: "file", path: join(folder, "absent.json") }, undefined, /absent\.json cannot be read/],
      [{ kind: "file", path: large }, undefined, /large\.json cannot be read/],
    ] as const) {
      await failsWith("blocked", get(auth, storage, { secret }), sentence);
    }
    assert.deepEqual(server.requests, []);
  });

  it("tell a refusal of Google with what to do", async () => {
    const user = { type: "authorized_user", client_id: "id", client_secret: "s3cret", refresh_token: "refresh" };
    const refused = (description: string, headers: Record<string, string> = {}) => ({
      status: 400,
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify({ error: "invalid_grant", error_description: description }),
    });
    server.reply(
      refused("Token has been expired or revoked."),
      refused("Invalid JWT: Token must be a short-lived token", {
        date: new Date(Date.now() - 20 * 60_000).toUTCString(),
      }),
    );
    const once = () =>
      get({ kind: "secret", tokenUrl: `${server.url}/token` }, storage, { secret: JSON.stringify(user) });
    await failsWith(
      "blocked",
      once(),
      /Run 'gcloud auth application-default login' again\. It says: “Token has been expired/,
    );
    await failsWith("blocked", once(), /clock of this machine is 20 minutes ahead/);
  });
});
