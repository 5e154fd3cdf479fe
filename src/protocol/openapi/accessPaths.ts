import * as z from "zod";
import type { ZodOpenApiPathsObject } from "zod-openapi";
import { ownAccessSchema } from "../accessClients.ts";
import { auditPageSchema, auditQuerySchema } from "../audit/auditEntry.ts";
import {
  accessClientListSchema,
  newClientAskSchema,
  newClientSchema,
  pairAllowedSchema,
  pairAskSchema,
  pairDecidedSchema,
  pairDecisionSchema,
  pairPendingSchema,
  pairQuerySchema,
  pairRequestListSchema,
  revokedSchema,
} from "../pairing.ts";
import { errors, EXAMPLE_ID, EXAMPLE_TIME, json } from "./answers.ts";

const CLIENT_ID = "k3x9ab7q2m5d";
const REQUEST_ID = "5f3f8c1e-4a34-4f4e-9a53-3f6f0a3c2b7d";
const client = {
  id: CLIENT_ID,
  name: "Nightly build",
  kind: "client",
  scopes: ["status:read", "commands:run"],
  createdAt: EXAMPLE_TIME,
  grantedBy: { id: "owner", name: "Owner", kind: "owner" },
  via: "editor",
};
const token = `kbt_${CLIENT_ID}_…`;
const pending = { status: "pending", code: "K7QF-2M9X", expiresAt: EXAMPLE_TIME };
const clientPath = z.object({ id: z.string().meta({ description: "The ID of the client.", example: CLIENT_ID }) });
const requestPath = z.object({ id: z.string().meta({ description: "The ID of the request.", example: REQUEST_ID }) });
const pairPath = z.object({
  secret: z.string().meta({
    description: "From the `Location` of the request.",
    example: "mY3v8Qk1r0Zt5WbN7xJc2LdP4sHg6UfAeVoTiXqRyKw",
  }),
});

/** Pairing: programs ask to be let in. */
const pairPaths: ZodOpenApiPathsObject = {
  "/api/kiro/pair": {
    post: {
      operationId: "pair",
      tags: ["Access"],
      summary: "Ask the user to be let in",
      description:
        "The user sees the name, the code and what the access would permit, and allows or denies it. The result is at the URL in `Location`.",
      security: [],
      requestBody: {
        required: true,
        content: {
          "application/json": {
            schema: pairAskSchema,
            example: { name: "Nightly build", role: "ci", reason: "Runs the tests of this window" },
          },
        },
      },
      responses: {
        202: {
          ...json("The user was asked. Show the code.", pairPendingSchema, pending),
          headers: z.object({ Location: z.string().describe("The URL of the result. Keep it secret.") }),
        },
        ...errors({ isOpen: true, readsBody: true, codes: ["RATE_LIMIT_EXCEEDED"] }),
      },
    },
  },
  "/api/kiro/pair/{secret}": {
    get: {
      operationId: "getPairing",
      tags: ["Access"],
      summary: "Wait for the decision, and get the token",
      description:
        "Responds when the user has decided, or after `wait` seconds. The token is sent once. A denied request results in 403, an expired one in 408.",
      security: [],
      requestParams: { path: pairPath, query: pairQuerySchema },
      responses: {
        200: json("The user allowed it.", pairAllowedSchema, { status: "allowed", token, client }),
        202: json("There is no decision so far.", pairPendingSchema, pending),
        ...errors({ isOpen: true, codes: ["NOT_FOUND", "CONFLICT", "RATE_LIMIT_EXCEEDED"] }),
      },
    },
  },
};

/** The clients that were let in, for principals that may manage them. */
const clientPaths: ZodOpenApiPathsObject = {
  "/api/kiro/access/clients": {
    get: {
      operationId: "listAccessClients",
      "x-required-scope": "access:manage",
      tags: ["Access"],
      summary: "List the clients that were let in",
      responses: {
        200: json("The clients.", accessClientListSchema, { clients: [client] }),
        ...errors(),
      },
    },
    post: {
      operationId: "createAccessClient",
      "x-required-scope": "access:manage",
      tags: ["Access"],
      summary: "Create a token",
      description:
        "For example for CI. It gets no scope that its creator lacks, and expires no later than its creator.",
      requestBody: {
        required: true,
        content: {
          "application/json": {
            schema: newClientAskSchema,
            example: { name: "Nightly build", role: "ci", commands: { allow: ["test.*"] }, expiresInSeconds: 3600 },
          },
        },
      },
      responses: {
        201: json("The client and its token.", newClientSchema, {
          token,
          client: { ...client, kind: "service", via: "http" },
        }),
        ...errors({ readsBody: true }),
      },
    },
  },
  "/api/kiro/access/clients/{id}": {
    delete: {
      operationId: "revokeAccessClient",
      "x-required-scope": "access:manage",
      tags: ["Access"],
      summary: "Revoke the access of a client",
      description: "Its token is rejected at once.",
      requestParams: { path: clientPath },
      responses: {
        200: json("The access has ended.", revokedSchema, { revoked: true, id: CLIENT_ID }),
        ...errors({ codes: ["NOT_FOUND"] }),
      },
    },
  },
};

export const accessPaths: ZodOpenApiPathsObject = {
  ...pairPaths,
  ...clientPaths,
  "/api/kiro/access/requests": {
    get: {
      operationId: "listPairRequests",
      "x-required-scope": "access:manage",
      tags: ["Access"],
      summary: "List the programs that ask to be let in",
      responses: {
        200: json("The requests that wait for a decision.", pairRequestListSchema, {
          requests: [
            {
              id: REQUEST_ID,
              code: "K7QF-2M9X",
              name: "Nightly build",
              scopes: ["status:read", "commands:run"],
              program: "curl/8.5.0",
              askedAt: EXAMPLE_TIME,
              expiresAt: EXAMPLE_TIME,
            },
          ],
        }),
        ...errors(),
      },
    },
  },
  "/api/kiro/access/requests/{id}": {
    post: {
      operationId: "decidePairRequest",
      "x-required-scope": "access:manage",
      tags: ["Access"],
      summary: "Allow or deny a pairing request",
      requestParams: { path: requestPath },
      requestBody: {
        required: true,
        content: { "application/json": { schema: pairDecisionSchema, example: { decision: "allow", hours: 1 } } },
      },
      responses: {
        200: json("The request is decided.", pairDecidedSchema, { id: REQUEST_ID, status: "allowed" }),
        ...errors({ readsBody: true, codes: ["NOT_FOUND", "CONFLICT"] }),
      },
    },
  },
  "/api/kiro/access/audit": {
    get: {
      operationId: "listAuditEntries",
      "x-required-scope": "access:manage",
      tags: ["Access"],
      summary: "Read the audit log",
      description:
        "The entries of all windows, newest first. A page ends at `limit`, at about 1 MiB, or when the search times out: one without entries is not necessarily the last.",
      requestParams: { query: auditQuerySchema },
      responses: {
        200: json("A page of entries.", auditPageSchema, {
          entries: [
            {
              prev: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
              seq: 1,
              time: EXAMPLE_TIME,
              kind: "execution",
              principal: { id: CLIENT_ID, name: "Nightly build", kind: "client" },
              via: "http",
              program: "curl/8.5.0",
              executionId: EXAMPLE_ID,
              target: "editor",
              command: "workbench.action.files.save",
              rule: "commands.allow: *",
              status: "completed",
              ms: 12,
              file: "1795000000000-04115b94-4242.jsonl",
            },
          ],
        }),
        ...errors(),
      },
    },
  },
  "/api/kiro/access/me": {
    get: {
      operationId: "getOwnAccess",
      "x-required-scope": "any",
      tags: ["Access"],
      summary: "Get the access of the token that is used",
      responses: {
        200: json("The principal of this request.", ownAccessSchema, {
          id: CLIENT_ID,
          name: "Nightly build",
          kind: "client",
          scopes: ["status:read", "commands:run"],
          limits: {},
        }),
        ...errors(),
      },
    },
  },
};
