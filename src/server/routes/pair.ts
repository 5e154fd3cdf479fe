import type { IncomingMessage } from "node:http";
import type { Router } from "express";
import type { PairPoll, Pairings } from "../../access/pairings.ts";
import { PAIRING_MS } from "../../access/pairings.ts";
import type { NewClient } from "../../access/grant.ts";
import { BridgeError } from "../../protocol/errors.ts";
import { MAX_PAIR_WAIT_S, pairAskSchema, pairQuerySchema, type PairRequest, scopesOf } from "../../protocol/pairing.ts";
import { validate } from "../../protocol/validate.ts";
import type { ClientRegistry } from "../clients.ts";
import { PAIR_PATH } from "../guards/exempt.ts";
import { originOf } from "../guards/program.ts";
import { type Answer, sendJson } from "../http/answers.ts";
import { waitAsConnection } from "../http/connectionWait.ts";
import { readJson } from "../http/jsonBody.ts";
import { addResource, guarded } from "../http/resource.ts";
import { RequestLimit } from "../limits/rateLimit.ts";
import type { Readiness } from "../listen/readiness.ts";

/** Limits in requests per minute for all programs together, since these requests need no token. */
export const MAX_ASKS_PER_MINUTE = 30;
export const MAX_POLLS_PER_MINUTE = 600;
/** Maximum size of a request, which nobody has vouched for yet. */
const MAX_BODY_BYTES = 64 * 1024;

export interface PairDeps {
  readonly pairings: Pick<Pairings, "ask" | "poll" | "onDidChange">;
  readonly clients: Pick<ClientRegistry, "connect">;
  readonly readiness: Pick<Readiness, "assertOpen">;
}

/**
 * `POST /api/kiro/pair` asks to be let in, `GET` on its location waits for the decision and gives the token once
 * (docs/wire-contract.md#17-pairing).
 */
export function addPair(router: Router, deps: PairDeps, maxBodyBytes: number): void {
  const { pairings, readiness } = deps;
  const asks = new RequestLimit(MAX_ASKS_PER_MINUTE, { clientId: "anyone" });
  const polls = new RequestLimit(MAX_POLLS_PER_MINUTE, { clientId: "anyone" });
  addResource(router, PAIR_PATH, {
    post: guarded("public", async (request, response) => {
      readiness.assertOpen();
      asks.admit();
      const body = await readJson(request, Math.min(maxBodyBytes, MAX_BODY_BYTES));
      const { scopes, role, ...ask } = validate(pairAskSchema, body);
      const asked = pairings.ask({ ...ask, scopes: scopesOf({ scopes, role }), ...originOf(request) });
      response.setHeader("Location", `${PAIR_PATH}/${asked.secret}`);
      sendPending(response, asked.request);
    }),
  });
  addResource(router, `${PAIR_PATH}/:secret`, {
    get: guarded("public", async (request, response) => {
      readiness.assertOpen();
      polls.admit();
      const { wait = MAX_PAIR_WAIT_S } = validate(pairQuerySchema, request.query);
      if (request.method !== "GET") throw new BridgeError("NOT_FOUND", "Use GET: the response has the token.");
      const poll = pairings.poll(request.params["secret"] ?? "");
      try {
        await waitForDecision(request, response, poll, wait * 1000, deps);
        await respond(response, poll);
      } finally {
        await poll.dispose();
      }
    }),
  });
}

async function waitForDecision(
  request: IncomingMessage,
  response: Answer,
  poll: PairPoll,
  waitMs: number,
  { clients, pairings }: PairDeps,
): Promise<void> {
  const isDecided = (): boolean => poll.state.kind !== "pending";
  if (waitMs === 0 || isDecided()) return;
  const subscribe = (done: () => void) => pairings.onDidChange(() => isDecided() && done());
  await waitAsConnection(request, response, { clients, waitMs, subscribe });
}

async function respond(response: Answer, poll: PairPoll): Promise<void> {
  if (poll.state.kind === "allowed" && !response.destroyed) await poll.collect((made) => deliver(response, made));
  else if (poll.state.kind === "pending") sendPending(response, poll.request);
  if (response.headersSent || response.destroyed) return;
  throw refusalOf(poll);
}

/** Sends the token. @returns false if the client had gone */
function deliver(response: Answer, made: NewClient): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  response.once("finish", () => resolve(true));
  response.once("close", () => resolve(false));
  if (response.destroyed) resolve(false);
  else sendJson(response, 200, { status: "allowed", ...made });
  return promise;
}

function sendPending(response: Answer, { code, expiresAt }: PairRequest): void {
  sendJson(response, 202, { status: "pending", code, expiresAt });
}

function refusalOf({ state, request }: PairPoll): BridgeError {
  if (state.kind === "denied")
    return new BridgeError("ACCESS_DENIED", "The user denied this request.", { rule: "pairing" });
  if (state.kind === "collected")
    return new BridgeError("NOT_FOUND", "The token of this request was given out already.");
  return new BridgeError(
    "OPERATION_TIMEOUT",
    "Nobody allowed this request in time, or its token was not collected. Ask again: POST /api/kiro/pair.",
    { operation: "pairing", timeoutMs: PAIRING_MS, elapsedMs: Math.max(0, Date.now() - Date.parse(request.askedAt)) },
  );
}
