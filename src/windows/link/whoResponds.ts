import type { IncomingMessage } from "node:http";
import { errorBodySchema } from "../../protocol/errorBody.ts";
import type { Dialed } from "../address/addressPorts.ts";

const MAX_BODY_BYTES = 10_000;

/** Identifies the program that has responded to the call of a link with HTTP: a bridge responds with its error body. */
export async function whoResponds(response: IncomingMessage): Promise<Exclude<Dialed<never>, { kind: "joined" }>> {
  const error = errorBodySchema.safeParse(await jsonOf(response)).data;
  if (error === undefined) return { kind: "stranger" };
  switch (response.statusCode) {
    case 503:
      return { kind: "not-owner" };
    case 408:
    case 429:
      return { kind: "silent" };
    case 401:
    case 404:
      return { kind: "incompatible", detail: "Its version is older, and has no link." };
    default:
      return { kind: "incompatible", detail: error.message };
  }
}

/** Returns undefined for a body that is too long, or not JSON. */
async function jsonOf(response: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of response) {
      if (!Buffer.isBuffer(chunk)) return undefined;
      length += chunk.length;
      if (length > MAX_BODY_BYTES) return undefined;
      chunks.push(chunk);
    }
    return JSON.parse(Buffer.concat(chunks).toString());
  } catch {
    return undefined;
  }
}
