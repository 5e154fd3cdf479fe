import * as z from "zod";

const target = z.object({ url: z.url(), token: z.string().optional() });

/** What the module in the host tells the load outside. Times in ms, as the editor itself measured them. */
export const benchTargets = z.object({
  bridge: target,
  echo: target,
  express: target,
  activation: z.object({ requireMs: z.number(), activateMs: z.number() }).optional(),
  node: z.string(),
  editor: z.string(),
});

export type BenchTargets = z.infer<typeof benchTargets>;
export type BenchTarget = z.infer<typeof target>;
