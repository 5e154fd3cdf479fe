import * as z from "zod";

const MAX_TEXT_LENGTH = 100_000;
const MAX_FILES = 500;
const MAX_SUBTASKS = 100;

/** `POST /api/kiro/route`, and the options of `target: "route"`. */
export const routeRequestSchema = z
  .strictObject({
    text: z.string().min(1).max(MAX_TEXT_LENGTH).describe("The request, in the words of a person."),
    files: z
      .array(z.string().min(1).max(1024))
      .max(MAX_FILES)
      .optional()
      .describe("Paths of the files that it is about, which are compared with the globs of the plugins."),
    subtasks: z.array(z.string().max(1000)).max(MAX_SUBTASKS).optional().describe("The steps that it consists of."),
    from: z
      .string()
      .regex(/^[a-z0-9][a-z0-9-]{0,63}$/)
      .optional()
      .describe(
        "The plugin that passes the request on: its `canRouteTo` and the `acceptsRoutingFrom` of the others are enforced. A plugin cannot name another one.",
      ),
  })
  .meta({ id: "RouteRequest" });

export type RouteRequest = z.infer<typeof routeRequestSchema>;
