import * as z from "zod";

/** What a question accepts (seed integration-patterns; `facts` of the original bridge). */
export const inputTypes = ["text", "choice", "file", "confirmation"] as const;

/** A question that an execution asks while it waits. */
export const inputRequestSchema = z
  .object({
    prompt: z.string(),
    inputType: z.enum(inputTypes),
    choices: z.array(z.string()).optional(),
    options: z
      .array(z.object({ value: z.string(), label: z.string(), kind: z.string() }))
      .optional()
      .describe("The same choices with what they mean, e.g. kind allow_once or reject_once."),
    expiresAt: z.iso.datetime().describe("Then the safe answer is given for you: the refusal."),
  })
  .meta({ id: "PendingInput" });

export type InputRequest = z.infer<typeof inputRequestSchema>;

/** `POST /api/kiro/input`. */
export const inputAnswerSchema = z
  .strictObject({
    value: z.string().min(1).max(100_000),
    type: z.enum(inputTypes),
    executionId: z.string().min(1).max(100),
  })
  .meta({ id: "UserInputRequest" });

export type InputAnswer = z.infer<typeof inputAnswerSchema>;

export const inputResponseSchema = z
  .object({ success: z.literal(true), executionId: z.string() })
  .meta({ id: "UserInputResponse" });
