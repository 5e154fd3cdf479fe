import type { Area } from "../area.ts";
import type { Wire } from "../wire.ts";

const TOKEN = "POST /oauth/token";
const REGISTER = "POST /oauth/register";
const REDIRECT = "http://127.0.0.1:4321/callback";
const REQUESTS = "/api/kiro/access/requests";
const FORM = { "Content-Type": "application/x-www-form-urlencoded" };
/** The pair of the example in RFC 7636, appendix B. */
const VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/** Programs that get their tokens by OAuth. */
export const oauth: Area = {
  name: "oauth",
  play: async (wire) => {
    for (const name of ["authorization-server", "protected-resource"])
      await wire.call(`the metadata of the ${name}`, `GET /.well-known/oauth-${name}`, { isStranger: true });
    await wire.call("the styles", "GET /oauth/consent.css", { isStranger: true });
    await wire.call("a consent that is unknown", "GET /oauth/consent/unknown", { isStranger: true });
    await wire.call("a foreign address", REGISTER, {
      isStranger: true,
      body: { redirect_uris: ["https://evil.example/"] },
    });
    await wire.call("a hostile name", REGISTER, {
      isStranger: true,
      body: { redirect_uris: [REDIRECT], client_name: "a\nb" },
    });
    const body = { redirect_uris: [REDIRECT], client_name: "An OAuth client" };
    const { json } = await wire.call("a registration", REGISTER, { isStranger: true, body });
    const clientId = String(json["client_id"]);
    await badRequests(wire, clientId);
    await denies(wire, clientId);
    await allows(wire, clientId);
  },
};

function authorize(clientId: string, more: Readonly<Record<string, string>> = {}): string {
  const query = {
    response_type: "code",
    client_id: clientId,
    redirect_uri: REDIRECT,
    code_challenge: CHALLENGE,
    code_challenge_method: "S256",
    ...more,
  };
  return `GET /oauth/authorize?${new URLSearchParams(query).toString()}`;
}

async function post(wire: Wire, name: string, line: string, fields: Readonly<Record<string, string>>) {
  return await wire.call(name, line, { isStranger: true, headers: FORM, body: new URLSearchParams(fields).toString() });
}

async function badRequests(wire: Wire, clientId: string): Promise<void> {
  const wrong = {
    "another address": { redirect_uri: "http://127.0.0.1:4321/" },
    "an unknown client": { client_id: "kbc_" },
  };
  for (const [name, more] of Object.entries({
    ...wrong,
    "the method plain": { code_challenge_method: "plain" },
    "an unknown scope": { scope: "moon:land", state: "a state" },
    "another resource": { resource: "https://another.example/" },
  }))
    await wire.call(`an authorization with ${name}`, authorize(clientId, more), { isStranger: true });
  await wire.call("an authorization in a frame", authorize(clientId), {
    isStranger: true,
    headers: { "Sec-Fetch-Site": "none", "Sec-Fetch-Dest": "iframe" },
  });
  await wire.call("a token by JSON", TOKEN, { isStranger: true, body: {} });
  await post(wire, "a token by a password", TOKEN, { grant_type: "password", client_id: clientId });
  await post(wire, "a token by an unknown code", TOKEN, {
    grant_type: "authorization_code",
    client_id: clientId,
    code: "unknown",
    code_verifier: VERIFIER,
    redirect_uri: REDIRECT,
  });
  await post(wire, "the revocation of nothing", "POST /oauth/revoke", { client_id: clientId, token: "unknown" });
}

/** @returns the address of the redirect */
async function ask(wire: Wire, clientId: string, state: string, decision: "allow" | "deny"): Promise<URL> {
  const { text } = await wire.call(`the page of ${state}`, authorize(clientId, { state }), { isStranger: true });
  const { json } = await wire.call(`the requests of ${state}`, `GET ${REQUESTS}`);
  const [request]: unknown[] = Array.isArray(json["requests"]) ? json["requests"] : [];
  await wire.call(`the answer to ${state}`, `POST ${REQUESTS}/${String(Object(request)["id"])}`, {
    body: { decision },
  });
  const next = /url=([^"]+)"/.exec(text)?.[1] ?? "";
  const { headers } = await wire.call(`the decision of ${state}`, `GET ${next}`, { isStranger: true });
  return new URL(headers.location ?? "");
}

async function denies(wire: Wire, clientId: string): Promise<void> {
  await ask(wire, clientId, "a denial", "deny");
}

async function allows(wire: Wire, clientId: string): Promise<void> {
  const { searchParams } = await ask(wire, clientId, "an approval", "allow");
  const { json } = await post(wire, "the tokens", TOKEN, {
    grant_type: "authorization_code",
    client_id: clientId,
    code: searchParams.get("code") ?? "",
    code_verifier: VERIFIER,
    redirect_uri: REDIRECT,
  });
  const headers = { Authorization: `Bearer ${String(json["access_token"])}` };
  await wire.call("the client", "GET /api/kiro/access/me", { headers });
  const refresh = { grant_type: "refresh_token", client_id: clientId, refresh_token: String(json["refresh_token"]) };
  await post(wire, "further tokens", TOKEN, refresh);
  await post(wire, "a refresh token used twice", TOKEN, refresh);
  await wire.call("the client after it", "GET /api/kiro/access/me", { headers });
}
