import { type FieldRow, moreThan, oneOf, otherThan, type Values } from "../../turns/fields.ts";
import { imageUrlRow } from "../imageUrl.ts";

const AGENT_CHOOSES = "Agents choose it.";
const VENDOR = "About the vendor's own service.";
const TEXT_ONLY = "Agents answer with text";
const ONE_ANSWER = "An agent gives one answer. Send one request for each answer that you want, without this field.";
const NO_PROBABILITIES = "Agents report no probabilities. Omit this field.";

const moreThanASession: Values = {
  text: "more than `kiro_session`",
  includes: (value) =>
    typeof value === "object" && value !== null && Object.keys(value).some((name) => name !== "kiro_session"),
};

const messageFields: readonly FieldRow[] = [
  {
    field: "messages",
    support: "supported",
    note: "Of a conversation that a session knows, only the new part is sent.",
  },
  {
    field: "messages[].content[].type",
    support: "refused",
    values: oneOf("input_audio"),
    note: 'Agents take no audio. Send its words as a part of type "text".',
  },
  {
    field: "messages[].content[].type",
    support: "refused",
    values: oneOf("file"),
    note: 'The bridge reads no files. Send their text as a part of type "text".',
  },
  {
    field: "messages[].content[].type",
    support: "refused",
    values: otherThan("text", "image_url", "refusal"),
    note: 'Agents take text and images. Send a part of type "text" or "image_url".',
  },
  imageUrlRow("messages[].content[].image_url.url"),
  { field: "messages[].content[].image_url.detail", support: "ignored", note: "Images are sent as they are." },
  { field: "messages[].audio", support: "ignored", note: `${TEXT_ONLY}.` },
];

const toolFields: readonly FieldRow[] = [
  { field: "tools", support: "supported", note: "Lent to the agent (`gateways.clientTools`)." },
  {
    field: "tools[].type",
    support: "ignored",
    values: otherThan("function"),
    note: "Tools of the vendor, and tools without a schema.",
  },
  { field: "functions", support: "supported", note: "The older form of `tools`." },
  {
    field: "tool_choice.type",
    support: "refused",
    values: otherThan("function", "allowed_tools"),
    note: "Only functions are lent to the agent. Choose a function of tools, or omit tool_choice.",
  },
  {
    field: "tool_choice.allowed_tools.tools[].type",
    support: "refused",
    values: otherThan("function"),
    note: "Only functions are lent to the agent. Allow functions of tools.",
  },
  { field: "tool_choice", support: "mapped", note: "A call can be forced if there is one tool to choose." },
  { field: "function_call", support: "mapped", note: "The older form of `tool_choice`." },
  { field: "parallel_tool_calls", support: "ignored", note: "Calls that come together are answered together." },
];

const answerFields: readonly FieldRow[] = [
  {
    field: "response_format.type",
    support: "refused",
    values: otherThan("text", "json_schema", "json_object"),
    note: 'Agents answer with text or JSON. Send "text", "json_schema" or "json_object".',
  },
  { field: "response_format", support: "supported", note: "The answer is JSON that matches the schema, or an error." },
  { field: "stream", support: "supported", note: "The activity of the agent is `reasoning_content`." },
  { field: "stream_options", support: "supported", note: "`include_usage`: estimated, see `usage.kiro`." },
  { field: "stream_options.include_obfuscation", support: "ignored", note: VENDOR, values: oneOf(true) },
  {
    field: "max_tokens",
    support: "ignored",
    setting: "gateways.enforceMaxTokens",
    note: "Has an effect with `gateways.enforceMaxTokens`.",
  },
  {
    field: "max_completion_tokens",
    support: "ignored",
    setting: "gateways.enforceMaxTokens",
    note: "Has an effect with `gateways.enforceMaxTokens`.",
  },
  { field: "stop", support: "supported", note: "The answer is cut at the first one, and the turn cancelled." },
  { field: "n", support: "refused", note: ONE_ANSWER, values: moreThan(1) },
  { field: "n", support: "supported", note: "An agent gives one answer." },
  { field: "best_of", support: "refused", note: ONE_ANSWER, values: moreThan(1) },
  { field: "best_of", support: "supported", note: "An agent gives one answer." },
  { field: "logprobs", support: "refused", note: NO_PROBABILITIES, values: oneOf(true) },
  { field: "logprobs", support: "supported", note: "There are none." },
  { field: "top_logprobs", support: "refused", note: NO_PROBABILITIES },
  {
    field: "modalities[]",
    support: "refused",
    values: otherThan("text"),
    note: `${TEXT_ONLY}. Send ["text"], or omit modalities.`,
  },
  { field: "modalities", support: "supported", note: `${TEXT_ONLY}.` },
  { field: "audio", support: "refused", note: `${TEXT_ONLY}. Omit audio.` },
];

const ignored = (note: string, ...fields: readonly string[]): readonly FieldRow[] =>
  fields.map((field) => ({ field, support: "ignored", note }));

/** The fields of `POST /v1/chat/completions`. */
export const chatFields: readonly FieldRow[] = [
  { field: "model", support: "mapped", note: "`kiro`, `kiro/<model>`, or a name of `gateways.modelAliases`." },
  ...messageFields,
  ...toolFields,
  ...answerFields,
  ...ignored(AGENT_CHOOSES, "temperature", "top_p", "presence_penalty", "frequency_penalty", "seed", "logit_bias"),
  ...ignored(AGENT_CHOOSES, "verbosity", "reasoning_effort", "prediction", "web_search_options"),
  ...ignored(
    VENDOR,
    "service_tier",
    "prompt_cache_key",
    "prompt_cache_retention",
    "prompt_cache_options",
    "moderation",
  ),
  ...ignored(VENDOR, "store"),
  ...ignored("Never selects a session.", "user", "safety_identifier"),
  { field: "metadata", support: "ignored", note: "Never selects a session.", values: moreThanASession },
  { field: "metadata", support: "supported", note: "`kiro_session` names the session that answers." },
];
