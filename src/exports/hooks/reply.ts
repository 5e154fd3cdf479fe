import * as z from "zod";
import type { Fact } from "../outbox/fact.ts";
import type { IncomingAnswer } from "../http/request.ts";
import type { DestinationPorts } from "../ports.ts";

/** The answer of a receiver to the event `user-input-required`, which may have the value for its question. */
const replySchema = z.looseObject({ reply: z.strictObject({ inputValue: z.string().min(1).max(100_000) }).optional() });

/** A question that the receiver of a message may answer. */
export interface ReplyableQuestion {
  readonly executionId: string;
  readonly questionId: string;
  /** Milliseconds of the Unix epoch. */
  readonly until: number;
}

/** Returns the question of a fact, if it has one that waits for at most a limited time. */
export function questionOf({ event, at }: Fact): ReplyableQuestion | undefined {
  if (event.type !== "user-input-required" || event.timeoutMs === undefined) return undefined;
  return { executionId: event.executionId, questionId: event.questionId, until: at + event.timeoutMs };
}

/**
 * Gives the reply of a receiver to the execution, which checks it like each answer.
 * @returns what became of it, in words
 */
export async function takeReply(
  answer: IncomingAnswer,
  { executionId, questionId }: ReplyableQuestion,
  ports: Pick<DestinationPorts, "answer" | "logger" | "name" | "redact">,
): Promise<string> {
  const value = replyIn(answer);
  if (value.kind === "none") return "It sent no reply.";
  if (value.kind === "invalid") return refused('it is not of the form {"reply": {"inputValue": "…"}}');
  const reason = await ports.answer(executionId, questionId, value.text);
  return reason === undefined ? "Its reply was accepted." : refused(ports.redact(reason));

  function refused(reason: string): string {
    // Without the reason, which may quote the choices.
    ports.logger.warn("The reply of a destination to a question was not accepted", {
      destination: ports.name,
      executionId,
    });
    return `Its reply was not accepted: ${reason}`;
  }
}

type Reply =
  | { readonly kind: "none" }
  | { readonly kind: "invalid" }
  | { readonly kind: "value"; readonly text: string };

/** Receivers that know of no replies answer any text. */
function replyIn({ body, isCut }: IncomingAnswer): Reply {
  const text = body.toString();
  if (!text.trimStart().startsWith("{")) return { kind: "none" };
  try {
    const { reply } = replySchema.parse(JSON.parse(text));
    return reply === undefined ? { kind: "none" } : { kind: "value", text: reply.inputValue };
  } catch {
    return { kind: isCut || text.includes("reply") ? "invalid" : "none" };
  }
}
