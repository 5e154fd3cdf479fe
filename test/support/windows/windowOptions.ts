import * as z from "zod";

/** The options of a window in a process of its own, as it gets them on its command line. */
export const windowOptionsSchema = z.object({
  id: z.string(),
  editor: z.string(),
  folders: z.array(z.string()),
  focusedAt: z.number().optional(),
  /** The port that is wanted. */
  port: z.int(),
  token: z.string(),
  discovery: z.string(),
  storage: z.string(),
  extension: z.string(),
  /** The commands that only this window has; each returns its ID. */
  ownCommands: z.array(z.string()),
  /** True if its bridge is off until the test switches it on. */
  isOff: z.boolean(),
  isTrusted: z.boolean(),
  /** True for the module of the real Kiro CLI, which may not be installed. Default: an agent that tests control. */
  hasKiroCli: z.boolean(),
  /** Further settings, by their keys without the prefix. */
  settings: z.record(z.string(), z.unknown()),
});

export type WindowOptions = z.infer<typeof windowOptionsSchema>;

const addressReport = z.object({
  type: z.literal("address"),
  url: z.string(),
  port: z.int(),
  role: z.enum(["owner", "member", "alone", "seeking", "failed"]),
  note: z.string().optional(),
  canReclaim: z.boolean(),
  windows: z.int(),
});

/** What a window reports on its standard output. */
export const windowReport = z.discriminatedUnion("type", [
  addressReport,
  z.object({ type: z.literal("ready"), windowId: z.string() }),
  z.object({ type: z.literal("off") }),
  z.object({ type: z.literal("usage"), resources: z.record(z.string(), z.int()), heapUsed: z.number() }),
  z.object({ type: z.literal("cpu"), user: z.number(), system: z.number() }),
]);

export type AddressReport = z.infer<typeof addressReport>;
