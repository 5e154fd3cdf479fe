import * as z from "zod";

/** A client to connect, and how, as a keybinding may say it. */
export const clientWishSchema = z.strictObject({
  /** ID of the client. */
  client: z.string(),
  use: z.enum(["mcp", "model"]),
  /** True to write the file of the client, false to copy the lines. */
  write: z.boolean(),
  /** True to write the token itself, not its variable. */
  storeToken: z.boolean().default(false),
});

export type ClientWish = z.infer<typeof clientWishSchema>;
