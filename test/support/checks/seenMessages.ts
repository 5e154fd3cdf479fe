import * as z from "zod";
import { ApiSchemas } from "./apiSchemas.ts";

/* Checks each message of a bridge against docs/asyncapi.json. */

const messages = z.record(z.string(), z.looseObject({ payload: z.unknown(), contentType: z.string().optional() }));
const channels = z.record(z.string(), z.looseObject({ address: z.string(), messages }));

let asyncApi: { readonly schemas: ApiSchemas; readonly byAddress: Map<string, z.infer<typeof messages>> } | undefined;

function documented(): NonNullable<typeof asyncApi> {
  if (asyncApi !== undefined) return asyncApi;
  const schemas = new ApiSchemas("asyncapi.json");
  const all = Object.values(channels.parse(schemas.json["channels"]));
  const byAddress = new Map(all.map((channel) => [channel.address, channel.messages]));
  asyncApi = { schemas, byAddress };
  return asyncApi;
}

/**
 * Returns why the document does not have the message, or undefined if it does.
 * @param address of the channel, as in the document
 * @param name of the message; default: any message of the channel
 */
export function messageProblem(address: string, value: unknown, name?: string): string | undefined {
  const { schemas, byAddress } = documented();
  const known = byAddress.get(address);
  if (known === undefined) return `docs/asyncapi.json has no channel ${address}`;
  const candidates = name === undefined ? Object.keys(known).filter((key) => isNamed(key, value)) : [name];
  const problems: string[] = [];
  for (const candidate of candidates) {
    const message = known[candidate];
    const problem = message === undefined ? "is unknown" : schemas.mismatch(message.payload, value);
    if (problem === undefined) return undefined;
    problems.push(`${candidate}: ${problem}`);
  }
  return `docs/asyncapi.json has no such message in ${address}: ${problems.join("\n")}\n${JSON.stringify(value)}`;
}

/** Events and frames have their name in `type`; for a reply, any name of a reply may fit. */
function isNamed(key: string, value: unknown): boolean {
  const type: unknown = Object(value)["type"];
  return typeof type === "string" ? key === type : key === "error" || key.endsWith("Reply");
}
