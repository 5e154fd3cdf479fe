import * as z from "zod";
import { engineSchema } from "../../../agents/engines/engineSettings.ts";

/** An engine to add, as a keybinding may describe it. The rest is asked. */
export const modelWishSchema = z.strictObject({
  /** ID of an entry of the table of vendors. */
  preset: z.string().optional(),
  /** The parts of its base URL by their names. */
  url: z.record(z.string(), z.string()).default({}),
  auth: engineSchema.shape.auth.unwrap().optional(),
  /** Its key, or the client secret of Entra. */
  key: z.string().optional(),
  model: z.string().optional(),
  id: z.string().optional(),
});

export type ModelWish = z.infer<typeof modelWishSchema>;
