import * as z from "zod";

const otherClientSchema = z.strictObject({
  /** ID of the client. */
  client: z.string(),
  use: z.enum(["mcp", "model"]),
  /** True to write the file of the client, false to copy the lines. */
  write: z.boolean(),
  /** True to write the token itself, not its variable. */
  storeToken: z.boolean().default(false),
});

/** A client to connect, and how, as a keybinding may say it; `editor-chat` is the editor's own. */
export const clientWishSchema = z.union([otherClientSchema, z.strictObject({ client: z.literal("editor-chat") })]);

/** A client that is not the editor's own chat. */
export type ClientWish = z.infer<typeof otherClientSchema>;
