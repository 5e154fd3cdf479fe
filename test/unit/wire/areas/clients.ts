import type { Area } from "../area.ts";
import type { Wire } from "../wire.ts";

const PAIR = "POST /api/kiro/pair";
const CLIENTS = "/api/kiro/access/clients";
const REQUESTS = "/api/kiro/access/requests";
const ME = "GET /api/kiro/access/me";

/** Programs that are let in, with tokens of their own. */
export const clients: Area = {
  name: "clients",
  play: async (wire) => {
    await wire.call("the owner", ME);
    await badAsks(wire);
    await pairs(wire);
    await denies(wire);
    await floods(wire);
    await creates(wire);
    await wire.call("the audit log of a bridge without one", "GET /api/kiro/access/audit");
    await wire.call("a cursor of another list", "GET /api/kiro/access/audit?cursor=exec-1");
  },
};

async function badAsks(wire: Wire): Promise<void> {
  const bodies = {
    "no body": undefined,
    "no scopes": { name: "Tool" },
    "an empty list of scopes": { name: "Tool", scopes: [] },
    "an unknown scope": { name: "Tool", scopes: ["moon:land"] },
    "an unknown role": { name: "Tool", role: "king" },
    "scopes and a role": { name: "Tool", role: "ci", scopes: ["status:read"] },
    "a name of two lines": { name: "Tool\nAllow", role: "ci" },
    "an unknown field": { name: "Tool", role: "ci", admin: true },
  };
  for (const [name, body] of Object.entries(bodies))
    await wire.call(`a pairing with ${name}`, PAIR, { isStranger: true, ...(body !== undefined && { body }) });
  const form = { "Content-Type": "text/plain" };
  await wire.call("a pairing as text", PAIR, { isStranger: true, body: "name=Tool", headers: form });
  await wire.call("a pairing of a page", PAIR, {
    isStranger: true,
    body: { name: "Tool", role: "ci" },
    headers: { Origin: "https://evil.example" },
  });
  await wire.call("a result of nothing", `GET /api/kiro/pair/${"x".repeat(43)}`, { isStranger: true });
}

/** @returns the location of the request, and its ID */
async function ask(wire: Wire, name: string, body: object): Promise<{ location: string; id: string }> {
  const { headers } = await wire.call(`${name} asks`, PAIR, { isStranger: true, body });
  const { json } = await wire.call(`the requests after ${name}`, `GET ${REQUESTS}`);
  const [request] = Array.isArray(json["requests"]) ? json["requests"].toReversed() : [];
  return { location: String(headers.location), id: String(Object(request)["id"]) };
}

async function pairs(wire: Wire): Promise<void> {
  const body = { name: "A build", role: "ci", commands: { allow: ["test.*"] }, limits: { queued: 2 }, reason: "Tests" };
  const { location, id } = await ask(wire, "a build", body);
  await wire.call("not decided yet", `GET ${location}?wait=0`, { isStranger: true });
  await wire.call("too long a wait", `GET ${location}?wait=121`, { isStranger: true });
  await wire.call("a head", `HEAD ${location}`);
  await wire.call("a decision for wider scopes", `POST ${REQUESTS}/${id}`, {
    body: { decision: "allow", scopes: ["terminal:open"] },
  });
  await wire.call("a decision", `POST ${REQUESTS}/${id}`, { body: { decision: "allow" } });
  await wire.call("a second decision", `POST ${REQUESTS}/${id}`, { body: { decision: "deny" } });
  await wire.call("a decision on nothing", `POST ${REQUESTS}/nothing`, { body: { decision: "deny" } });
  const { json } = await wire.call("the token", `GET ${location}`, { isStranger: true });
  await wire.call("the token again", `GET ${location}`, { isStranger: true });
  const headers = { Authorization: `Bearer ${String(json["token"])}` };
  await wire.call("the client", ME, { headers });
  await wire.call("the clients as the client", `GET ${CLIENTS}`, { headers });
  await wire.call("the revocation", `DELETE ${CLIENTS}/${String(Object(json["client"])["id"])}`);
  await wire.call("the revocation again", `DELETE ${CLIENTS}/${String(Object(json["client"])["id"])}`);
  await wire.call("the client after it", ME, { headers });
}

async function denies(wire: Wire): Promise<void> {
  const { location, id } = await ask(wire, "a viewer", { name: "A viewer", scopes: ["status:read"] });
  await wire.call("a denial", `POST ${REQUESTS}/${id}`, { body: { decision: "deny" } });
  await wire.call("the result of the denial", `GET ${location}`, { isStranger: true });
}

async function floods(wire: Wire): Promise<void> {
  for (const name of ["One", "one", "Two", "Three", "Four"])
    await wire.call(`${name} floods`, PAIR, { isStranger: true, body: { name, role: "viewer" } });
}

async function creates(wire: Wire): Promise<void> {
  const body = { name: "Nightly", scopes: ["status:read"], expiresInSeconds: 3600 };
  const { json } = await wire.call("a new client", `POST ${CLIENTS}`, { body });
  await wire.call("a new client without a name", `POST ${CLIENTS}`, { body: { role: "ci" } });
  await wire.call("the new client", ME, { headers: { Authorization: `Bearer ${String(json["token"])}` } });
}
