// Lets a service, such as a CI job, use the bridge with tokens that it signs itself. Needs the package `jose`.
//
//   node serviceToken.mjs keys key.json   creates a private key in a file, and prints the setting for the editor
//   node serviceToken.mjs sign key.json   prints a token that is valid for five minutes
//
// Put the printed object into the setting kiroBridge.auth.issuers of the editor. Then, as often as you need a token:
//
//   curl -H "Authorization: Bearer $(node serviceToken.mjs sign key.json)" http://127.0.0.1:3001/api/kiro/status
import { readFileSync, writeFileSync } from "node:fs";
import { exportJWK, generateKeyPair, importJWK, SignJWT } from "jose";

const issuer = "https://ci.example";
const audience = "kiro-bridge";
const algorithm = "ES256";
const [action, file = "key.json"] = process.argv.slice(2);

if (action === "keys") {
  const { publicKey, privateKey } = await generateKeyPair(algorithm, { extractable: true });
  const kid = new Date().toISOString();
  writeFileSync(file, JSON.stringify({ ...(await exportJWK(privateKey)), kid }), { mode: 0o600, flag: "wx" });
  const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid, alg: algorithm }] };
  const scopes = ["status:read", "commands:run"];
  console.log(JSON.stringify({ issuer, audience, jwks, scopes }, undefined, 2));
} else if (action === "sign") {
  const { kid, ...key } = JSON.parse(readFileSync(file, "utf8"));
  const token = await new SignJWT({ scope: "status:read commands:run" })
    .setProtectedHeader({ alg: algorithm, kid })
    .setIssuer(issuer)
    .setAudience(audience)
    .setSubject("nightly build")
    .setIssuedAt()
    .setExpirationTime("5 minutes")
    .sign(await importJWK(key, algorithm));
  console.log(token);
} else {
  console.error("Usage: node serviceToken.mjs keys|sign <file>");
  process.exitCode = 2;
}
