import * as z from "zod";
import { CachedKey, type FetchedKey } from "../../core/credentials/cachedKey.ts";
import { DeliveryFailure } from "../delivery/destination.ts";
import type { IncomingAnswer, OutgoingRequest } from "../http/request.ts";
import { type AuthorizedSend, authorizedSend } from "../signing/authorizedSend.ts";
import { entraAuthSchema, entraTokens } from "../signing/azure/entraTokens.ts";
import { withHeader } from "../signing/bearer.ts";
import { onSecretChange, type SecretPlace, secretAt, secretVariableSchema } from "../signing/destinationSecret.ts";
import type { SigningPorts } from "../signing/ports.ts";
import { cosmosBearer, cosmosSignature } from "./cosmosSignature.ts";

const KEY = "account key";
const SCOPE = "https://cosmos.azure.com/.default";

/** The way into an account of Cosmos DB. What it needs is the secret of the destination, or in a variable. */
export const cosmosAuthSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("key").describe("A key of the account."), variable: secretVariableSchema }),
  entraAuthSchema,
]);

export type CosmosAuth = z.infer<typeof cosmosAuthSchema>;

/** Creates a `Send` with the signature or token of each request to an account of Cosmos DB. */
export function cosmosSend(auth: CosmosAuth, ports: SigningPorts): AuthorizedSend {
  const isRejected = ({ status }: IncomingAnswer): boolean => status === 401;
  const date = (): string => new Date(ports.now()).toUTCString();
  const { send } = ports;
  if (auth.kind === "entra") {
    const keys = entraTokens(auth, SCOPE, ports);
    const authorize = (request: OutgoingRequest, token: string) => authorized(request, date(), cosmosBearer(token));
    return authorizedSend({ keys, send, authorize, isRejected });
  }
  const keys = new CachedKey({
    read: async () => await accountKey(auth, ports),
    hide: ports.hide,
    onDidChange: (listener) => onSecretChange(ports, listener),
  });
  return authorizedSend({ keys, send, authorize: (request, key) => signed(request, date(), key), isRejected });
}

async function accountKey(place: SecretPlace, ports: SigningPorts): Promise<FetchedKey> {
  const key = await secretAt(place, KEY, ports);
  // A request with a broken key would be refused like one with a wrong clock.
  if (/^[A-Za-z0-9+/]{20,200}={0,2}$/.test(key)) return { key };
  const sentence = `The secret of the destination '${ports.name}' is not a key of an account of Cosmos DB, which is in base64.`;
  throw new DeliveryFailure("blocked", sentence);
}

function signed(request: OutgoingRequest, date: string, key: string): OutgoingRequest {
  const path = request.url.pathname.slice(1);
  const link = path.endsWith("/docs") ? path.slice(0, -"/docs".length) : path;
  return authorized(request, date, cosmosSignature({ method: request.method, type: "docs", link, date }, key));
}

function authorized(request: OutgoingRequest, date: string, authorization: string): OutgoingRequest {
  return withHeader({ ...request, headers: { ...request.headers, "x-ms-date": date } }, "authorization", authorization);
}
