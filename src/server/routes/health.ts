import type { Router } from "express";
import type { StatusBoard } from "../../core/status.ts";
import { healthQuerySchema } from "../../protocol/status.ts";
import { validate } from "../../protocol/validate.ts";
import { sendJson } from "../http/answers.ts";
import type { Guards } from "../guards/guards.ts";
import { RequestLimit } from "../limits/rateLimit.ts";
import type { Readiness } from "../listen/readiness.ts";
import { addResource, guarded } from "../http/resource.ts";

/** Limits proofs, which need no token. A client needs one per connection. */
export const MAX_CHALLENGES_PER_MINUTE = 600;

/**
 * `GET /health`: 200 if healthy, 503 while the server starts or stops, or if the editor window is gone. Needs no token.
 * With `challenge`, it proves that the server has the token of the discovery file (see `healthProof`).
 */
export function addHealth(
  router: Router,
  readiness: Readiness,
  guards: Pick<Guards, "prove">,
  board: Pick<StatusBoard, "isWindowConnected">,
): void {
  const limit = new RequestLimit(MAX_CHALLENGES_PER_MINUTE, { clientId: "anyone" });
  const proofOf = (challenge: string): string => {
    limit.admit();
    return guards.prove(challenge);
  };
  addResource(router, "/health", {
    get: guarded("public", (request, response) => {
      const { challenge } = validate(healthQuerySchema, request.query);
      const proof = challenge === undefined ? {} : { proof: proofOf(challenge) };
      const health = readiness.health(board.isWindowConnected);
      sendJson(response, health.status === "healthy" ? 200 : 503, { ...health, ...proof });
    }),
  });
}
