import * as z from "zod";
import type { ChannelReply } from "../../../channel/channel.ts";
import { errorBodySchema } from "../../../protocol/errorBody.ts";
import { runExportSchema } from "../../../protocol/runExport.ts";
import { type DashboardPush, windowViewSchema } from "../../contract/dashboard.ts";

/** The WebSocket at which the owner of the address serves the dashboards of the other windows. */
export const RELAY_PATH = "/link/dashboard";

/** Maximum size of a message in bytes: a request of a page, or a whole run with its output. */
export const MAX_BYTES = { toOwner: 1024 * 1024, toMember: 64 * 1024 * 1024 } as const;

const text = z.string();

/**
 * The actions that the owner may ask of the member's editor, with their arguments: a closed list, and none that runs a
 * command. The other actions of a page do not leave its window.
 */
export const relayedActions = {
  openText: z.tuple([text, text]),
  copy: z.tuple([text, text]),
  confirm: z.tuple([text, text, text, text.optional()]),
  confirmClearHistory: z.tuple([]),
  saveRun: z.tuple([runExportSchema]),
} as const;

export type RelayedAction = keyof typeof relayedActions;

/** The messages of the owner. */
export const toMemberSchema = z.discriminatedUnion("kind", [
  /** A reply or a push for the page. */
  z.object({
    kind: z.literal("page"),
    message: z.custom<ChannelReply | DashboardPush>((value) => typeof value === "object" && value !== null),
  }),
  /** The owner's part of the state. The first message, and sent again whenever it has changed. */
  z.object({ kind: z.literal("state"), epoch: text, windows: z.array(windowViewSchema) }),
  z.object({
    kind: z.literal("act"),
    id: z.int(),
    action: z.enum(["openText", "copy", "confirm", "confirmClearHistory", "saveRun"]),
    params: z.array(z.unknown()),
  }),
]);

/** The messages of the member. */
export const toOwnerSchema = z.discriminatedUnion("kind", [
  /** A request of the page. */
  z.object({ kind: z.literal("page"), message: z.unknown() }),
  /** The outcome of an action. */
  z.object({ kind: z.literal("done"), id: z.int(), result: z.unknown() }),
  z.object({ kind: z.literal("failed"), id: z.int(), error: errorBodySchema }),
]);

export type ToMember = z.infer<typeof toMemberSchema>;
export type ToOwner = z.infer<typeof toOwnerSchema>;

/** Returns undefined for data that is not JSON of the schema. */
export function parseMessage<S extends z.ZodType>(schema: S, data: unknown): z.infer<S> | undefined {
  try {
    return schema.safeParse(JSON.parse(String(data))).data;
  } catch {
    return undefined;
  }
}
