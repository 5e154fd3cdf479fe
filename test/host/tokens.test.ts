import assert from "node:assert/strict";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { withSettings } from "./bridgeSettings.ts";
import { waitForBridge } from "./support.ts";

const ISSUER = "https://issuer.example";
const REDIRECT = "http://127.0.0.1:4321/callback";

/** Their libraries are bundles of their own, which are read on first use. */
describe("Tokens of others in the editor", () => {
  it("accepts a JWT of an issuer in the settings", async () => {
    const { publicKey, privateKey } = await generateKeyPair("ES256");
    const issuers = [{ issuer: ISSUER, audience: "kiro-bridge", jwks: { keys: [await exportJWK(publicKey)] } }];
    const token = await new SignJWT({ iss: ISSUER, aud: "kiro-bridge", sub: "a service", scope: "status:read" })
      .setProtectedHeader({ alg: "ES256" })
      .setIssuedAt()
      .setExpirationTime("5 minutes")
      .sign(privateKey);
    await withSettings({ "auth.issuers": issuers }, async ({ url }) => {
      const { status } = await fetch(`${url}/api/kiro/status`, { headers: { authorization: `Bearer ${token}` } });
      assert.equal(status, 200);
    });
  });

  it("registers an OAuth client, and rejects an unknown code", async () => {
    const { url } = await waitForBridge();
    const registered = await fetch(`${url}/oauth/register`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ redirect_uris: [REDIRECT] }),
    });
    const { client_id: clientId } = Object(await registered.json());
    const form = { grant_type: "authorization_code", client_id: String(clientId), code: "unknown", code_verifier: "x" };
    const answer = await fetch(`${url}/oauth/token`, { method: "POST", body: new URLSearchParams(form) });
    assert.deepEqual([answer.status, Object(await answer.json())["error"]], [400, "invalid_grant"]);
  });
});
