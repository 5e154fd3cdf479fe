import * as z from "zod";
import { openAiChat } from "./forms/openAiChat.ts";
import type { ScriptedAnswer } from "./forms/scriptedAnswer.ts";
import type { ModelReply, ModelRequest } from "./modelServer.ts";

const contentSchema = z.union([z.string(), z.array(z.object({ text: z.string().optional() })), z.null()]).optional();

const messageSchema = z.object({
  role: z.string(),
  content: contentSchema,
  tool_calls: z.array(z.object({ id: z.string() })).optional(),
  tool_call_id: z.string().optional(),
});

const requestSchema = z.object({ messages: z.array(messageSchema) });

type Message = z.infer<typeof messageSchema>;

const REMEMBERED = /Remembered: ([\d ]*)\./g;
/** The prompt of the current turn, in what is to be summarized: it stays beside the summary. */
const CURRENT = /(User \(this request stays as it is\)[^]*?)Prompt \d+\./;
/** Text that fills the context. */
const FILLING = " and so on".repeat(80);

/** One request, as this model understands it. */
export interface HeardRequest {
  /** `summary`: the bridge compacts the conversation. `results`: after a call. */
  readonly kind: "summary" | "prompt" | "results";
  /** The numbers of all prompts that it has been told of, in their order. */
  readonly prompts: readonly number[];
  /** What a vendor would reject. */
  readonly problem: string | undefined;
}

/**
 * A model in OpenAI's form that tells what it knows of a conversation whose prompts are `Prompt <number>.`: its summaries
 * list their numbers. Calls a tool for each third prompt.
 */
export class RememberingModel {
  readonly heard: HeardRequest[] = [];
  /** Asked for each request: returns what to change in its reply, such as to hold it. */
  fault: (request: HeardRequest) => Partial<ModelReply> = () => ({});
  readonly #tool: string;
  #calls = 0;

  /** @param tool a tool that only reads, and its arguments */
  constructor(tool: string) {
    this.#tool = tool;
  }

  readonly script = async (request: ModelRequest): Promise<ModelReply> => {
    const { messages } = requestSchema.parse(request.json);
    const heard = heardIn(messages);
    this.heard.push(heard);
    const answer = openAiChat({
      ...this.#answerTo(heard),
      usage: { input: Math.ceil(request.body.length / 4), output: 200 },
    });
    const reply = typeof answer === "function" ? await answer(request) : answer;
    return { ...reply, ...this.fault(heard) };
  };

  #answerTo({ kind, prompts }: HeardRequest): ScriptedAnswer {
    const last = prompts.at(-1) ?? 0;
    if (kind === "summary") return { text: `Remembered: ${prompts.join(" ")}.` };
    if (kind === "results" || last % 3 !== 0) return { text: [`Answer ${last}`, FILLING] };
    this.#calls += 1;
    return { calls: [{ id: `call_${this.#calls}`, name: this.#tool, arguments: "{}" }] };
  }
}

function heardIn(messages: readonly Message[]): HeardRequest {
  const kind = textOf(messages[0]).startsWith("You summarize") ? "summary" : "prompt";
  const said = messages.filter(({ role }) => role === "user").map(textOf);
  const prompts = said.map((text) => text.replace(CURRENT, "$1")).flatMap(numbersIn);
  return {
    kind: kind === "prompt" && messages.at(-1)?.role === "tool" ? "results" : kind,
    prompts,
    problem: problemOf(messages),
  };
}

/** Returns the numbers of summaries and prompts in a text, in their order. */
function numbersIn(text: string): readonly number[] {
  const remembered = [...text.matchAll(REMEMBERED)].flatMap(([, list = ""]) => list.split(" ").filter(Boolean));
  const prompts = [...text.matchAll(/Prompt (\d+)\./g)].map(([, number = ""]) => number);
  return [...remembered, ...prompts].map(Number);
}

/** Describes a call without its results in the messages after it, or the other way round. */
function problemOf(messages: readonly Message[]): string | undefined {
  let open: string[] = [];
  for (const { role, tool_calls: calls = [], tool_call_id: id } of messages) {
    if (role === "tool") {
      if (id === undefined || !open.includes(id)) return `a result without a call: ${id}`;
      open = open.filter((other) => other !== id);
      continue;
    }
    if (open.length > 0) return `no result for ${open.join()}`;
    open = calls.map((call) => call.id);
  }
  return open.length > 0 ? `no result for ${open.join()}` : undefined;
}

function textOf(message: Message | undefined): string {
  const { content } = message ?? {};
  if (typeof content === "string") return content;
  return content?.map(({ text = "" }) => text).join("\n") ?? "";
}
