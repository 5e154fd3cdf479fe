import {
  createRequestStateCodec,
  type ElicitRequestFormParams,
  inputRequired,
  type InputRequiredResult,
  inputResponse,
  type RequestStateCodec,
  type ServerContext,
} from "@modelcontextprotocol/server";
import { randomBytes } from "node:crypto";
import * as z from "zod";
import type { ExecutionRecord } from "../../../protocol/executions.ts";
import { answerTo, type InputRequest } from "../../../protocol/input.ts";
import { isBridgeError } from "../../../protocol/errors.ts";
import type { Runs } from "../../../tools/runs/runs.ts";
import { AskFirst, type Asking } from "../../../tools/table/toolCall.ts";
import type { McpCall } from "./mcpCall.ts";

/** Time in seconds in which a client may bring an answer. The question itself expires before. */
const STATE_SECONDS = 3600;
/** Time in milliseconds after the end of a question in which its client is still waited for. */
const LATE_MS = 10_000;
const ANSWER = "answer";

const stateSchema = z.object({ executionId: z.string(), questionId: z.string() });

/** The question that a client since 2026-07-28 has been asked, which comes back with its answer. */
export type QuestionState = z.infer<typeof stateSchema>;

const answerSchema = z.object({ [ANSWER]: z.string() });

/** The questions of executions, asked to the user of the client whose call waits for them. */
export class Questions {
  readonly #runs: Runs;
  readonly #codec: RequestStateCodec<QuestionState>;

  /** @param principalOf names the principal of a request, to which its state is bound */
  constructor(runs: Runs, principalOf: (context: ServerContext) => string) {
    this.#runs = runs;
    this.#codec = createRequestStateCodec<QuestionState>({
      key: randomBytes(32),
      ttlSeconds: STATE_SECONDS,
      bind: principalOf,
    });
  }

  /** Checks the state that a client sends back. */
  readonly verify = (state: string, context: ServerContext): Promise<QuestionState> =>
    this.#codec.verify(state, context);

  /** Returns the way in which the executions of a call ask. */
  askingFor(call: McpCall): Asking<InputRequiredResult> {
    return { executionId: this.#stateOf(call)?.executionId, settle: (executionId) => this.#settle(call, executionId) };
  }

  /** Returns the question that a repeated call brings the answer to. */
  #stateOf({ context }: McpCall): QuestionState | undefined {
    return stateSchema.safeParse(context.mcpReq.requestState()).data;
  }

  /**
   * Waits until an execution has ended, and asks the user of the client on the way.
   * @returns the record of one that has ended, or waits for another program; or what asks a client since 2026-07-28
   * @throws BridgeError as `Runs.whenSettled` does
   */
  async #settle(call: McpCall, id: string): Promise<ExecutionRecord | AskFirst<InputRequiredResult>> {
    const brought = await this.#takeAnswer(call);
    if (brought?.isAnswered === false) return this.#runs.record(call, id);
    let seen = brought?.questionId;
    for (;;) {
      const record = await this.#runs.whenSettled(call, id, seen);
      const { pendingInput } = record;
      if (pendingInput === undefined || !mayAsk(call)) return record;
      if (call.isStateless) return new AskFirst(await this.#askLater(call, id, pendingInput));
      if (!(await this.#askNow(call, id, pendingInput))) return this.#runs.record(call, id);
      seen = pendingInput.questionId;
    }
  }

  /** Gives the answer that a repeated call brings. @returns the question that it was to, and whether it is answered now */
  async #takeAnswer(call: McpCall): Promise<{ readonly questionId: string; readonly isAnswered: boolean } | undefined> {
    const state = this.#stateOf(call);
    if (state === undefined) return undefined;
    const { questionId, executionId } = state;
    const view = inputResponse(call.context.mcpReq.inputResponses, questionId);
    if (view.kind !== "elicit") return undefined;
    const { pendingInput } = await this.#runs.record(call, executionId);
    // It was answered elsewhere, or has expired.
    if (pendingInput?.questionId !== questionId) return { questionId, isAnswered: true };
    const value = view.action === "accept" ? answerSchema.safeParse(view.content).data?.[ANSWER] : undefined;
    const isAnswered = await this.#answer(call, executionId, pendingInput, { action: view.action, value });
    return { questionId, isAnswered };
  }

  async #askLater(call: McpCall, executionId: string, question: InputRequest): Promise<InputRequiredResult> {
    const { questionId } = question;
    return inputRequired({
      inputRequests: { [questionId]: inputRequired.elicit(formOf(question)) },
      requestState: await this.#codec.mint({ executionId, questionId }, call.context),
    });
  }

  /** Asks a client before 2026-07-28, until its user or another program has answered. @returns false if nobody has */
  async #askNow(call: McpCall, executionId: string, question: InputRequest): Promise<boolean> {
    const ended = new AbortController();
    const signal = AbortSignal.any([call.signal, ended.signal]);
    const elsewhere = this.#runs
      .whenSettled({ ...call, signal }, executionId, question.questionId)
      .then(() => undefined);
    // The question is denied before, which is the end of it.
    const timeout = Math.max(0, Date.parse(question.expiresAt) - Date.now()) + LATE_MS;
    const asked = call.context.mcpReq
      .send({ method: "elicitation/create", params: formOf(question) }, { signal, timeout })
      .then(({ action, content }) => ({ action, value: answerSchema.safeParse(content).data?.[ANSWER] }));
    // A client that fails or is late leaves the question to others.
    const answer = await Promise.race([
      asked.catch(() => ({ action: "cancel" as const, value: undefined })),
      elsewhere,
    ]);
    ended.abort();
    await Promise.allSettled([asked, elsewhere]);
    call.signal.throwIfAborted();
    return answer === undefined || this.#answer(call, executionId, question, answer);
  }

  /** @returns false if the question is still open */
  async #answer(
    call: McpCall,
    executionId: string,
    question: InputRequest,
    { action, value }: { readonly action: string; readonly value: string | undefined },
  ): Promise<boolean> {
    const given = action === "accept" ? value : action === "decline" ? rejectionOf(question) : undefined;
    if (given === undefined) return false;
    try {
      await this.#runs.answer(call, answerTo(executionId, question, given));
      return true;
    } catch (error) {
      // Another program was faster.
      if (isBridgeError(error) && error.code === "CONFLICT") return true;
      throw error;
    }
  }
}

/** Returns true if the user of the client can be asked, and the client may pass the answer on. */
function mayAsk({ caller, client }: McpCall): boolean {
  const { elicitation } = client ?? {};
  if (elicitation === undefined || !caller.principal.scopes.has("inputs:answer:own")) return false;
  // Before URLs could be asked for, there were no modes.
  return elicitation.form !== undefined || elicitation.url === undefined;
}

/** Returns the choice that rejects, for a user who declines. */
function rejectionOf({ inputType, options }: InputRequest): string | undefined {
  if (inputType === "confirmation") return "no";
  return options?.find(({ kind }) => kind === "reject_once")?.value;
}

function formOf({ prompt, inputType, choices, options }: InputRequest): ElicitRequestFormParams {
  const labels = options?.map(({ value, label }) => `${value}: ${label}`).join("\n");
  const values = inputType === "confirmation" ? ["yes", "no"] : choices;
  return {
    mode: "form",
    message: labels === undefined ? prompt : `${prompt}\n${labels}`,
    requestedSchema: {
      type: "object",
      properties: { [ANSWER]: { type: "string", title: "Answer", ...(values !== undefined && { enum: [...values] }) } },
      required: [ANSWER],
    },
  };
}
