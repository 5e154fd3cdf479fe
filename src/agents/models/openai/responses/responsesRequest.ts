import type {
  ResponseCreateParamsStreaming,
  ResponseFormatTextConfig,
  ResponseInputContent,
  ResponseInputItem,
} from "openai/resources/responses/responses";
import { ModelFailure } from "../../../../core/models/modelFailure.ts";
import type { PromptBlock } from "../../../../core/models/promptBlock.ts";
import type { AssistantPart, ConversationItem, StepRequest } from "../../../../core/models/step.ts";
import { instructionsFor } from "../../answers/instructionsFor.ts";
import { callInputText } from "../../answers/callInput.ts";
import { answerFormatOf, type AnswerFormat } from "../answerFormat.ts";
import type { AdaptedRequest } from "../serverTraits.ts";
import { opaqueItemOf, type OpaqueItem } from "./opaqueItem.ts";

/** An item that came from the server goes back as it came, whatever it has. */
type InputItem = ResponseInputItem | OpaqueItem;

/** Vendors have names of their own for efforts. */
type ResponsesBody = Omit<ResponseCreateParamsStreaming, "reasoning" | "input"> & {
  readonly input: readonly InputItem[];
  readonly reasoning?: { readonly effort?: string; readonly summary?: "auto" };
};

/**
 * Returns the body of a step for `/responses`, without what the server does not have. The server keeps nothing, so that
 * reasoning comes encrypted.
 * @throws ModelFailure `invalid` for a parameter that the protocol does not have
 */
export function responsesBody(request: StepRequest, adapted: AdaptedRequest): ResponsesBody {
  if (request.stop !== undefined && request.stop.length > 0) {
    const sentence = "OpenAI's protocol 'responses' has no stop sequences.";
    throw new ModelFailure("invalid", sentence, { parameter: "stop" });
  }
  const format = answerFormatOf(request.answerSchema, adapted);
  const instructions = instructionsFor(request.system, request.answerSchema, format);
  return {
    model: request.model,
    ...(instructions !== "" && { instructions }),
    input: request.items.flatMap((item) => inputItems(item, request.model)),
    stream: true,
    store: false,
    ...encryptedReasoning(adapted),
    ...reasoningField(request, adapted),
    ...(request.maxOutputTokens !== undefined && { max_output_tokens: request.maxOutputTokens }),
    ...(request.temperature !== undefined && { temperature: request.temperature }),
    ...(request.topP !== undefined && { top_p: request.topP }),
    ...textField(format),
    ...toolFields(request, adapted),
  };
}

function encryptedReasoning({ missing, used }: AdaptedRequest): Pick<ResponsesBody, "include"> {
  if (missing.has("encryptedReasoning")) return {};
  used.add("encryptedReasoning");
  return { include: ["reasoning.encrypted_content"] };
}

function reasoningField({ reasoningEffort: effort }: StepRequest, { missing, used }: AdaptedRequest) {
  const hasSummary = !missing.has("reasoningSummary");
  if (hasSummary) used.add("reasoningSummary");
  if (effort === undefined && !hasSummary) return {};
  return { reasoning: { ...(effort !== undefined && { effort }), ...(hasSummary && { summary: "auto" as const }) } };
}

function textField(format: AnswerFormat): { readonly text?: { readonly format: ResponseFormatTextConfig } } {
  if (format.kind === "text") return {};
  if (format.kind === "json_object") return { text: { format: { type: "json_object" } } };
  const { schema, isStrict } = format;
  return { text: { format: { type: "json_schema", name: "answer", schema: { ...schema }, strict: isStrict } } };
}

function toolFields({ tools, toolChoice = "auto", parallelCalls }: StepRequest, { missing, used }: AdaptedRequest) {
  if (tools.length === 0) return {};
  const hasParallel = parallelCalls !== undefined && !missing.has("parallelCalls");
  if (hasParallel) used.add("parallelCalls");
  const choice = typeof toolChoice === "string" ? toolChoice : { type: "function" as const, name: toolChoice.tool };
  return {
    // Otherwise the server makes all properties of all tools required.
    tools: tools.map((tool) => ({
      type: "function" as const,
      ...tool,
      parameters: { ...tool.parameters },
      strict: false,
    })),
    ...(choice !== "auto" && { tool_choice: choice }),
    ...(hasParallel && { parallel_tool_calls: parallelCalls }),
  };
}

function inputItems(item: ConversationItem, model: string): readonly InputItem[] {
  switch (item.role) {
    case "user":
      return [{ role: "user", content: contentOf(item.content) }];
    case "assistant":
      return assistantItems(item.parts, model);
    default:
      return item.results.map(({ callId, content }) => ({
        type: "function_call_output",
        call_id: callId,
        output: contentOf(content),
      }));
  }
}

function contentOf(
  blocks: readonly PromptBlock[],
): string | (ResponseInputContent & { type: "input_text" | "input_image" })[] {
  const [first] = blocks;
  if (first === undefined) return "";
  if (first.type === "text" && blocks.length === 1) return first.text;
  return blocks.map((block) =>
    block.type === "text"
      ? { type: "input_text", text: block.text }
      : { type: "input_image", detail: "auto", image_url: `data:${block.mimeType};base64,${block.data}` },
  );
}

/** Items of a message keep their order: reasoning goes back before the call or the text that it has led to. */
function assistantItems(parts: readonly AssistantPart[], model: string): readonly InputItem[] {
  const items: InputItem[] = [];
  let phase: object = {};
  for (const part of parts) {
    if (part.type === "opaque") {
      const opaque = part.wire === "openai-responses" && part.model === model ? opaqueItemOf(part.data) : undefined;
      if (opaque?.kind === "phase") phase = { phase: opaque.phase };
      if (opaque?.kind === "item") items.push(opaque.item);
    } else if (part.type === "text") {
      items.push({ role: "assistant", content: part.text, ...phase });
      phase = {};
    } else {
      items.push({
        type: "function_call",
        call_id: part.id,
        name: part.name,
        arguments: callInputText(part.arguments),
      });
    }
  }
  return items;
}
