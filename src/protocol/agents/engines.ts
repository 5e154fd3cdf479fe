import * as z from "zod";
import { unavailableCauses } from "../unavailable.ts";

/** The protocols by which a model is reached. */
export const wires = ["openai-chat", "openai-responses", "anthropic", "vscode-lm"] as const;

export const engineStatusSchema = z
  .object({
    id: z.string().describe("The value of `target` in requests."),
    name: z.string(),
    wire: z.enum(wires),
    state: z
      .enum(["off", "unknown", "ready", "unavailable"])
      .describe("`off`: the workspace is not trusted. `unknown`: the model was not used yet."),
    cause: z
      .enum(unavailableCauses)
      .optional()
      .describe("Why the last request has failed, if the model was not available."),
    detail: z.string().optional().describe("Describes the state, for people."),
    sessions: z.int(),
  })
  .meta({ id: "EngineStatus" });

export type EngineStatus = z.infer<typeof engineStatusSchema>;
