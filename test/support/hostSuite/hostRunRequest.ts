import * as z from "zod";

/** What the runner tells the tests inside the host, in a file next to them: environment variables do not reach every host. */
export const hostRunRequest = z.object({
  /** Where the counts go. */
  countsFile: z.string(),
  /** Only tests whose full title has this in it. */
  grep: z.string().optional(),
});

export type HostRunRequest = z.infer<typeof hostRunRequest>;
