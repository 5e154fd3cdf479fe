import * as z from "zod";

/** What the module in the host tells the clients outside. */
export const soakTarget = z.object({
  url: z.url(),
  token: z.string(),
  /** Tells the memory of the extension host. */
  probe: z.url(),
  /** The extension host. */
  pid: z.int(),
});

export type SoakTarget = z.infer<typeof soakTarget>;
