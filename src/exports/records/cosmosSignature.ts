import { createHmac } from "node:crypto";

/** A request that a key of Cosmos DB signs. */
export interface CosmosRequest {
  readonly method: string;
  /** The type of the resource, such as `docs`. */
  readonly type: string;
  /** The resource, or, for a new one, its parent: `dbs/kiro/colls/runs`. */
  readonly link: string;
  /** The header `x-ms-date`. */
  readonly date: string;
}

/**
 * Returns the header `authorization` of a request for a key of the account
 * (https://learn.microsoft.com/rest/api/cosmos-db/access-control-on-cosmosdb-resources).
 * @param key as the portal shows it, in base64
 */
export function cosmosSignature({ method, type, link, date }: CosmosRequest, key: string): string {
  const text = `${method.toLowerCase()}\n${type.toLowerCase()}\n${link}\n${date.toLowerCase()}\n\n`;
  const signature = createHmac("sha256", Buffer.from(key, "base64")).update(text).digest("base64");
  return encodeURIComponent(`type=master&ver=1.0&sig=${signature}`);
}

/** Returns the header for a token of Microsoft Entra. */
export function cosmosBearer(token: string): string {
  return encodeURIComponent(`type=aad&ver=1.0&sig=${token}`);
}
