import type { Router } from "express";
import type { AccessStore } from "../../access/accessStore.ts";
import type { StatusBoard } from "../../core/status.ts";
import { type Health, healthQuerySchema, type WindowListing } from "../../protocol/status.ts";
import { validate } from "../../protocol/validate.ts";
import { sendJson } from "../http/answers.ts";
import type { Guards } from "../guards/guards.ts";
import { RequestLimit } from "../limits/rateLimit.ts";
import type { Readiness } from "../listen/readiness.ts";
import { addResource, guarded } from "../http/resource.ts";
import type { Windows } from "../windows/windows.ts";

/** Limits proofs, which need no token. A client needs one per connection. */
export const MAX_CHALLENGES_PER_MINUTE = 600;

const working: ReadonlySet<WindowListing["state"]> = new Set(["ready", "busy"]);

export interface HealthDeps {
  readonly status: Pick<StatusBoard, "isWindowConnected">;
  readonly access: { readonly store: Pick<AccessStore, "keyOf"> };
  readonly windows: Pick<Windows, "list">;
}

/**
 * `GET /health`: 200 if healthy, 503 while the server starts or stops, or if no window at the address can run editor commands. Needs no token.
 * With `challenge`, it proves that the server has the token of the discovery file (see `healthProof`); with
 * `client` as well, that it has let this client in.
 */
export function addHealth(
  router: Router,
  readiness: Readiness,
  guards: Pick<Guards, "prove" | "proveBy">,
  { status, access, windows }: HealthDeps,
): void {
  const limit = new RequestLimit(MAX_CHALLENGES_PER_MINUTE, { clientId: "anyone" });
  const proofsOf = (challenge: string, client = "", port?: number): Pick<Health, "proof" | "clientProof"> => {
    limit.admit();
    const proof = guards.prove(challenge, port);
    const found = access.store.keyOf(client);
    if (found === undefined) return { proof };
    return { proof, clientProof: { salt: found.salt, proof: guards.proveBy(found.key, challenge, port) } };
  };
  addResource(router, "/health", {
    get: guarded("public", (request, response) => {
      const { challenge, client } = validate(healthQuerySchema, request.query);
      const proofs = challenge === undefined ? {} : proofsOf(challenge, client, request.socket.localPort);
      // Another window runs the commands of requests that name none.
      const isConnected = status.isWindowConnected || windows.list().some(({ state }) => working.has(state));
      const health = readiness.health(isConnected);
      sendJson(response, health.status === "healthy" ? 200 : 503, { ...health, ...proofs });
    }),
  });
}
