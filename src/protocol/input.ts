import * as z from "zod";

/** Types of answers (original API, docs/wire-contract.md#7-compatibility). */
export const inputTypes = ["text", "choice", "file", "confirmation"] as const;

const questionIdSchema = z
  .string()
  .describe("Identifies this question. No other question of the bridge has the same ID.");

/** A question of an execution, which waits for the answer. */
export const inputRequestSchema = z
  .object({
    questionId: questionIdSchema,
    prompt: z.string(),
    inputType: z.enum(inputTypes),
    choices: z.array(z.string()).optional(),
    options: z
      .array(z.object({ value: z.string(), label: z.string(), kind: z.string() }))
      .optional()
      .describe("The same choices with their meaning, such as the kind allow_once or reject_once."),
    expiresAt: z.iso.datetime().describe("When the question is denied automatically."),
  })
  .meta({ id: "PendingInput" });

export type InputRequest = z.infer<typeof inputRequestSchema>;

export const waitingForSchema = z
  .literal("caller-tool")
  .describe(
    "`caller-tool`: the execution waits for the result of a tool that the caller has lent to the agent. Only the caller can send it, with its next request.",
  );

export type WaitingFor = z.infer<typeof waitingForSchema>;

/** `POST /api/kiro/input`. */
export const inputAnswerSchema = z
  .strictObject({
    value: z.string().min(1).max(100_000),
    type: z.enum(inputTypes),
    executionId: z.string().min(1).max(100),
    questionId: z
      .string()
      .min(1)
      .max(100)
      .optional()
      .describe(
        "The question that is answered. Without it, an answer is only accepted for the first question of an execution.",
      ),
  })
  .meta({ id: "UserInputRequest" });

export type InputAnswer = z.infer<typeof inputAnswerSchema>;

/** Builds the answer to a question for all our clients. */
export function answerTo(
  executionId: string,
  { questionId, inputType }: Pick<InputRequest, "questionId" | "inputType">,
  value: string,
): InputAnswer {
  return { executionId, questionId, type: inputType, value };
}

export const inputResponseSchema = z
  .object({ success: z.literal(true), executionId: z.string(), questionId: z.string().optional() })
  .meta({ id: "UserInputResponse" });

export type InputResponse = z.infer<typeof inputResponseSchema>;
