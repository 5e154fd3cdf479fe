import type { Router } from "express";
import type { Access } from "../../access/access.ts";
import { withinOwn } from "../../access/granting.ts";
import { type Principal, principalRef } from "../../core/access/principal.ts";
import { BridgeError } from "../../protocol/errors.ts";
import type { ownAccessSchema } from "../../protocol/accessClients.ts";
import { newClientAskSchema, pairDecisionSchema, scopesOf } from "../../protocol/pairing.ts";
import { validate } from "../../protocol/validate.ts";
import { callerOf, principalOf } from "../guards/principals.ts";
import { sendJson } from "../http/answers.ts";
import { readJson } from "../http/jsonBody.ts";
import { addResource, guarded } from "../http/resource.ts";
import type * as z from "zod";

const PATH = "/api/kiro/access";

/** The access resource: clients, pairing requests, and the caller itself (docs/wire-contract.md#18-clients-and-their-tokens). */
export function addAccess(router: Router, access: Access, maxBodyBytes: number): void {
  addClients(router, access.store, maxBodyBytes);
  addRequests(router, access.pairings, maxBodyBytes);
  addResource(router, `${PATH}/me`, {
    get: guarded("any", (request, response) => sendJson(response, 200, ownAccessOf(principalOf(request)))),
  });
}

function addClients(router: Router, store: Access["store"], maxBodyBytes: number): void {
  addResource(router, `${PATH}/clients`, {
    get: guarded("access:manage", (_request, response) => {
      const { problem } = store;
      sendJson(response, 200, { clients: store.list(), ...(problem !== undefined && { problem }) });
    }),
    post: guarded("access:manage", async (request, response) => {
      const body = validate(newClientAskSchema, await readJson(request, maxBodyBytes));
      const { name, scopes, role, commands, limits, expiresInSeconds } = body;
      const by = callerOf(request);
      const expiresAt = expiresInSeconds === undefined ? undefined : Date.now() + expiresInSeconds * 1000;
      const permissions = withinOwn(by.principal, { scopes: scopesOf({ scopes, role }), commands, limits, expiresAt });
      sendJson(response, 201, await store.create({ name, kind: "service", ...permissions, by }));
    }),
  });
  addResource(router, `${PATH}/clients/:id`, {
    delete: guarded("access:manage", async (request, response) => {
      const id = request.params["id"] ?? "";
      if (!(await store.revoke(id, callerOf(request))))
        throw new BridgeError("NOT_FOUND", "There is no client with this ID, or no longer.");
      sendJson(response, 200, { revoked: true, id });
    }),
  });
}

function addRequests(router: Router, pairings: Access["pairings"], maxBodyBytes: number): void {
  addResource(router, `${PATH}/requests`, {
    get: guarded("access:manage", (_request, response) => sendJson(response, 200, { requests: pairings.pending })),
  });
  addResource(router, `${PATH}/requests/:id`, {
    post: guarded("access:manage", async (request, response) => {
      const id = request.params["id"] ?? "";
      const decision = validate(pairDecisionSchema, await readJson(request, maxBodyBytes));
      pairings.decide(id, decision, callerOf(request));
      sendJson(response, 200, { id, status: decision.decision === "allow" ? "allowed" : "denied" });
    }),
  });
}

function ownAccessOf(principal: Principal): z.infer<typeof ownAccessSchema> {
  const { scopes, commands, limits, expiresAt } = principal;
  return {
    ...principalRef(principal),
    scopes: [...scopes.granted],
    ...(commands !== undefined && { commands }),
    limits,
    ...(expiresAt !== undefined && { expiresAt: new Date(expiresAt).toISOString() }),
  };
}
