import type { Router } from "express";
import type { AccessStore } from "../../access/accessStore.ts";
import type { StatusBoard } from "../../core/status.ts";
import { type Health, healthQuerySchema } from "../../protocol/status.ts";
import { validate } from "../../protocol/validate.ts";
import { sendJson } from "../http/answers.ts";
import type { Guards } from "../guards/guards.ts";
import { RequestLimit } from "../limits/rateLimit.ts";
import type { Readiness } from "../listen/readiness.ts";
import { addResource, guarded } from "../http/resource.ts";

/** Limits proofs, which need no token. A client needs one per connection. */
export const MAX_CHALLENGES_PER_MINUTE = 600;

export interface HealthDeps {
  readonly status: Pick<StatusBoard, "isWindowConnected">;
  readonly access: { readonly store: Pick<AccessStore, "keyOf"> };
}

/**
 * `GET /health`: 200 if healthy, 503 while the server starts or stops, or if the editor window is gone. Needs no token.
 * With `challenge`, it proves that the server has the token of the discovery file (see `healthProof`); with
 * `client` as well, that it has let this client in.
 */
export function addHealth(
  router: Router,
  readiness: Readiness,
  guards: Pick<Guards, "prove" | "proveBy">,
  { status, access }: HealthDeps,
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
      const health = readiness.health(status.isWindowConnected);
      sendJson(response, health.status === "healthy" ? 200 : 503, { ...health, ...proofs });
    }),
  });
}
