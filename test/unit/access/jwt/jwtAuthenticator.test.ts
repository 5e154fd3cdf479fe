import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { type CryptoKey, exportSPKI, importJWK } from "jose";
import { jwtSlice, type JwtIssuer } from "../../../../src/access/jwt/issuers.ts";
import { JwtAuthenticator } from "../../../../src/access/jwt/jwtAuthenticator.ts";
import { silentLogger } from "../../../../src/base/logger.ts";
import type { Principal } from "../../../../src/core/access/principal.ts";
import { AUDIENCE, type Claims, ISSUER, TestIssuer } from "./issuerRig.ts";

const base64url = (value: object | string): string =>
  Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");
const nowSeconds = (): number => Math.floor(Date.now() / 1000);

describe("JwtAuthenticator", () => {
  let issuer: TestIssuer;
  let jwt: JwtAuthenticator;
  const ended: Principal[] = [];
  const realNow = Date.now;

  const configure = async (more: object = {}): Promise<void> => {
    const setting = [{ issuer: ISSUER, audience: AUDIENCE, jwks: await issuer.jwks(), ...more }];
    jwt.configure(jwtSlice.shape["auth.issuers"].parse(setting));
  };
  const principalOf = async (claims: Claims = {}): Promise<Principal | undefined> =>
    await jwt.authenticate(await issuer.sign(claims));

  before(async () => {
    issuer = await TestIssuer.create();
  });
  beforeEach(async () => {
    ended.splice(0);
    jwt = new JwtAuthenticator({ logger: silentLogger });
    jwt.onDidEnd((principal) => ended.push(principal));
    await configure();
  });
  afterEach(() => {
    Date.now = realNow;
    jwt.dispose();
  });

  it("makes a service account of a token, with the same ID for the same subject", async () => {
    const one = await principalOf({ scope: "status:read commands:run" });
    const other = await principalOf({ iat: nowSeconds() - 1 });
    assert.deepEqual([one?.kind, one?.name, one?.isActive], ["service", "deploy", true]);
    assert.deepEqual(one?.scopes.granted, ["status:read", "commands:run"]);
    assert.equal(one?.id, other?.id);
    assert.notEqual(one?.id, (await principalOf({ sub: "another" }))?.id);
  });

  it("rejects a token that is expired, not yet valid, too old, or without an expiry", async () => {
    const now = nowSeconds();
    assert.equal(await principalOf({ exp: now - 60 }), undefined);
    assert.equal(await principalOf({ nbf: now + 60 }), undefined);
    assert.equal(await principalOf({ iat: now - 3700, exp: now + 60 }), undefined);
    assert.equal(await principalOf({ iat: now + 60 }), undefined);
    assert.equal(await principalOf({ exp: undefined }), undefined);
    assert.equal(await principalOf({ iat: undefined }), undefined);
  });

  it("allows 30 s of clock skew", async () => {
    const now = nowSeconds();
    assert.equal((await principalOf({ exp: now - 10 }))?.isActive, true);
    assert.equal((await principalOf({ nbf: now + 10 }))?.isActive, true);
  });

  it("rejects a token for another audience, of another issuer, or without a subject", async () => {
    assert.equal(await principalOf({ aud: "another" }), undefined);
    assert.equal(await principalOf({ aud: undefined }), undefined);
    assert.equal(await principalOf({ iss: "https://another.example" }), undefined);
    assert.equal(await principalOf({ sub: undefined }), undefined);
    assert.notEqual(await principalOf({ aud: ["another", AUDIENCE] }), undefined);
  });

  it("rejects a token that another key has signed, under the same kid and under an unknown one", async () => {
    const forger = await TestIssuer.create(issuer.kid);
    const stranger = await TestIssuer.create("unknown");
    assert.equal(await jwt.authenticate(await forger.sign()), undefined);
    assert.equal(await jwt.authenticate(await stranger.sign()), undefined);
  });

  it("rejects a token without a signature", async () => {
    const [, payload = ""] = (await issuer.sign()).split(".");
    for (const alg of ["none", "None", "NONE"]) {
      assert.equal(await jwt.authenticate(`${base64url({ alg })}.${payload}.`), undefined);
      assert.equal(await jwt.authenticate(`${base64url({ alg, kid: issuer.kid })}.${payload}.e30`), undefined);
    }
  });

  it("rejects a token whose HMAC was made with the public key", async () => {
    const key = await issuer.publicKey();
    const [, payload = ""] = (await issuer.sign()).split(".");
    const secrets = [await exportSPKI((await importJWK(key)) as CryptoKey), JSON.stringify(key), String(key["x"])];
    for (const secret of secrets) {
      const signed = `${base64url({ alg: "HS256", kid: issuer.kid })}.${payload}`;
      const mac = createHmac("sha256", secret).update(signed).digest("base64url");
      assert.equal(await jwt.authenticate(`${signed}.${mac}`), undefined);
    }
  });

  it("reads scopes from a string or an array, ignores unknown ones, and never grants access:manage", async () => {
    const scopesOf = async (scope: unknown) => (await principalOf({ scope }))?.scopes.granted;
    assert.deepEqual(await scopesOf("openid commands:run access:manage commands:run"), ["commands:run"]);
    assert.deepEqual(await scopesOf(["history:read", 1, "access:manage", "bus:publish:build/*"]), [
      "history:read",
      "bus:publish:build/*",
    ]);
    assert.deepEqual(await scopesOf({ length: 1 }), []);
    await configure({ scopesClaim: "scp" });
    assert.deepEqual((await principalOf({ scp: ["events:read"] }))?.scopes.granted, ["events:read"]);
  });

  it("grants no more than the setting of the issuer allows", async () => {
    const commands = { allow: ["test.*"] };
    await configure({ scopes: ["status:read", "events:read", "bus:publish"], commands, limits: { running: 2 } });
    const principal = await principalOf({ scope: "events:read:own commands:run history:read bus:publish:a" });
    assert.deepEqual(principal?.scopes.granted, ["events:read:own", "bus:publish:a"]);
    assert.deepEqual([principal?.commands, principal?.limits], [commands, { running: 2 }]);
  });

  it("shows no control characters in the name of a service account", async () => {
    const principal = await principalOf({ sub: `a\u001b[31m\u202ename${"x".repeat(500)}` });
    assert.match(principal?.name ?? "", /^a \[31m namex{89}$/);
  });

  it("remembers a verified token until it expires, and does not accept it again when the clock jumps back", async () => {
    const token = await issuer.sign();
    const principal = await jwt.authenticate(token);
    assert.equal(jwt.authenticate(token), principal);
    Date.now = () => realNow() + 331_000;
    assert.equal(principal?.isActive, false);
    assert.equal(jwt.authenticate(token), undefined);
    Date.now = realNow;
    assert.equal(principal?.isActive, false);
    assert.equal(jwt.authenticate(token), undefined);
  });

  it("ends a service account at its expiry", async () => {
    const { promise, resolve } = Promise.withResolvers<Principal>();
    jwt.onDidEnd(resolve);
    const token = await issuer.sign({ exp: nowSeconds() + 60 });
    // The signature is verified by the real clock. With the clock skew, half a second is left to a second and a half.
    Date.now = () => realNow() + 88_500;
    const principal = await jwt.authenticate(token);
    assert.notEqual(principal, undefined);
    assert.equal(await promise, principal);
    assert.equal(principal?.isActive, false);
  });

  it("ends all service accounts when the setting changes", async () => {
    const principal = await principalOf();
    const other = await principalOf({ sub: "another" });
    await configure();
    assert.deepEqual([principal?.isActive, ended], [true, []]);
    await configure({ maxAgeSeconds: 600 });
    assert.deepEqual([principal?.isActive, other?.isActive], [false, false]);
    assert.deepEqual(ended, [principal, other]);
    assert.equal((await principalOf())?.isActive, true);
    jwt.configure([]);
    assert.equal(jwt.authenticate(await issuer.sign()), undefined);
  });

  it("answers every other token without waiting", async () => {
    const foreign = await issuer.sign({ iss: "https://another.example" });
    const long = await issuer.sign({ more: "x".repeat(9000) });
    const broken = `${base64url({ alg: "ES256" })}.${base64url("not JSON")}.AAAA`;
    for (const token of ["", "kbt_abc_def", foreign, long, broken, "eyJ.eyJ.eyJ", base64url("null")])
      assert.equal(jwt.authenticate(token), undefined);
  });
});

describe("The setting of issuers", () => {
  const read = (issuer: object) => jwtSlice.shape["auth.issuers"].safeParse([issuer]).success;
  const base = { issuer: ISSUER, audience: AUDIENCE };
  const key = { kty: "EC", crv: "P-256", x: "x", y: "y" };

  it("needs one source of public keys", () => {
    const jwksUri = "https://issuer.example/keys";
    assert.equal(read({ ...base, jwksUri }), true);
    assert.equal(read({ ...base, jwks: { keys: [key] } }), true);
    assert.equal(read(base), false);
    assert.equal(read({ ...base, jwksUri, jwks: { keys: [key] } }), false);
    assert.equal(read({ ...base, jwks: { keys: [{ ...key, d: "secret" }] } }), false);
    assert.equal(read({ ...base, jwks: { keys: [{ kty: "oct", k: "secret" }] } }), false);
  });

  it("accepts an address only with https, or of this machine", () => {
    for (const jwksUri of ["https://a.example/k", "http://127.0.0.1:1/k", "http://[::1]/k", "http://localhost/k"])
      assert.equal(read({ ...base, jwksUri }), true, jwksUri);
    for (const jwksUri of [
      "http://a.example/k",
      "http://localhost.example/",
      "file:///k",
      "https://u:p@a.example/",
      "k",
    ])
      assert.equal(read({ ...base, jwksUri }), false, jwksUri);
  });

  it("names no issuer twice", () => {
    const issuer = { ...base, jwks: { keys: [key] } };
    const repeated: unknown = [issuer, issuer];
    assert.equal(jwtSlice.shape["auth.issuers"].safeParse(repeated).success, false);
    const defaults: Partial<JwtIssuer> = { scopesClaim: "scope", maxAgeSeconds: 3600 };
    assert.deepEqual(jwtSlice.shape["auth.issuers"].parse([issuer]), [{ ...issuer, ...defaults }]);
  });
});
