import * as z from "zod";
import { principalRefSchema } from "./access.ts";

/** The gateways, named after what their clients speak. */
export const gatewayIds = ["openai", "anthropic", "mcp"] as const;

export type GatewayId = (typeof gatewayIds)[number];

/** Returns true if an entry point is a gateway. */
export function isGateway(via: string): via is GatewayId {
  return gatewayIds.some((id) => id === via);
}

const clientKinds = ["websocket", "sse", "terminal", "http"] as const;

/** A program that is or was recently connected. */
export const clientSchema = z.object({
  id: z.string(),
  kind: z.enum(clientKinds),
  name: z.string().describe("The User-Agent, possibly shortened."),
  principal: principalRefSchema.optional(),
  connectedAt: z.iso.datetime(),
  lastSeenAt: z.iso.datetime(),
  eventsSent: z.int(),
  eventsDropped: z
    .int()
    .describe("Events that were skipped because the client did not keep up; the client was informed."),
});

export type ClientRecord = z.infer<typeof clientSchema>;
export type ClientKind = ClientRecord["kind"];
