import { type FieldRow, moreThan, oneOf, otherThan } from "../../turns/fields.ts";
import { imageUrlRow } from "../imageUrl.ts";

/** The types of input items that are read. */
export const readItems = otherThan(
  "message",
  "function_call",
  "function_call_output",
  "custom_tool_call",
  "custom_tool_call_output",
  "reasoning",
  "item_reference",
);

const NO_FILES = 'The bridge keeps and reads no files. Send their text as a part of type "input_text".';
const HOSTED = "No tools of the vendor run here. Choose a function of tools, or omit tool_choice.";

/** Fields of requests for responses (docs/wire-contract.md), besides `input`. */
const settingFields: readonly FieldRow[] = [
  { field: "model", support: "mapped", note: "`kiro`, `kiro/<model>`, or a name of `gateways.modelAliases`." },
  { field: "instructions", support: "mapped", note: "Sent to the agent as the caller's instructions." },
  { field: "previous_response_id", support: "supported", note: "A response of the last hour, of the same client." },
  { field: "conversation", support: "supported", note: "The `conversation` of a response of the last hour." },
  { field: "store", support: "supported", note: "Kept in memory for an hour, unless it is `false`." },
  {
    field: "background",
    support: "refused",
    values: oneOf(true),
    note: "Responses do not run in the background here. For that, send 'Prefer: respond-async' to /api/kiro/execute.",
  },
  { field: "stream", support: "supported", note: "The activity of the agent is a `reasoning` item." },
  { field: "stream_options", support: "ignored", note: "Events are sent as they are." },
  {
    field: "include[]",
    support: "refused",
    values: oneOf("message.output_text.logprobs"),
    note: "Agents report no probabilities. Omit this value.",
  },
  {
    field: "include[]",
    support: "ignored",
    values: otherThan("reasoning.encrypted_content"),
    note: "About tools of the vendor.",
  },
  { field: "include", support: "supported", note: "`reasoning.encrypted_content` is the key of the session." },
  { field: "text.format", support: "supported", note: "The answer is JSON that matches the schema, or an error." },
  { field: "text.verbosity", support: "ignored", note: "Agents choose how much they write." },
  {
    field: "max_output_tokens",
    support: "ignored",
    setting: "gateways.enforceMaxTokens",
    note: "Has an effect with `gateways.enforceMaxTokens`.",
  },
  { field: "max_tool_calls", support: "ignored", note: "Agents choose how many tools they call." },
  { field: "truncation", support: "ignored", note: "Agents manage their context themselves." },
  { field: "context_management", support: "ignored", note: "Agents manage their context themselves." },
  { field: "stop", support: "supported", note: "The answer is cut at the first one, and the turn cancelled." },
  { field: "metadata.kiro_session", support: "mapped", note: "Names the session that answers." },
  { field: "metadata", support: "supported", note: "Returned with the response." },
  { field: "reasoning.effort", support: "ignored", note: "Agents choose how much they think." },
  { field: "reasoning.summary", support: "supported", note: "Summaries say what the agent does." },
  {
    field: "prompt",
    support: "refused",
    note: "The bridge has no stored prompts. Send their text in instructions or input.",
  },
  {
    field: "n",
    support: "refused",
    values: moreThan(1),
    note: "An agent gives one answer. Send one request for each.",
  },
  { field: "best_of", support: "refused", values: moreThan(1), note: "An agent gives one answer. Omit best_of." },
  {
    field: "logprobs",
    support: "refused",
    values: oneOf(true),
    note: "Agents report no probabilities. Omit logprobs.",
  },
  {
    field: "top_logprobs",
    support: "refused",
    values: moreThan(0),
    note: "Agents report no probabilities. Omit top_logprobs.",
  },
  {
    field: "modalities[]",
    support: "refused",
    values: otherThan("text"),
    note: "Agents answer with text. Omit modalities.",
  },
  { field: "audio", support: "refused", note: "Agents answer with text. Omit audio." },
  ...["temperature", "top_p", "frequency_penalty", "presence_penalty", "seed", "logit_bias"].map(
    (field): FieldRow => ({ field, support: "ignored", note: "Agents choose it." }),
  ),
  ...["service_tier", "prompt_cache_key", "prompt_cache_retention", "prompt_cache_options", "moderation"].map(
    (field): FieldRow => ({ field, support: "ignored", note: "About the vendor's own service." }),
  ),
  ...["user", "safety_identifier"].map(
    (field): FieldRow => ({ field, support: "ignored", note: "Never selects a session." }),
  ),
];

const toolFields: readonly FieldRow[] = [
  { field: "tools", support: "supported", note: "Lent to the agent (`gateways.clientTools`)." },
  {
    field: "tools[].type",
    support: "ignored",
    values: otherThan("function", "namespace"),
    note: "Tools of the vendor, and tools without a schema.",
  },
  {
    field: "tools[].tools[].type",
    support: "ignored",
    values: otherThan("function"),
    note: "Tools without a schema.",
  },
  {
    field: "tool_choice.type",
    support: "refused",
    values: otherThan("function", "allowed_tools"),
    note: HOSTED,
  },
  { field: "tool_choice.tools[].type", support: "refused", values: otherThan("function"), note: HOSTED },
  { field: "tool_choice", support: "mapped", note: "A call can be forced if there is one tool to choose." },
  { field: "parallel_tool_calls", support: "ignored", note: "The agent decides." },
];

/** Returns the rows of the parts of a message, or of the result of a tool. */
function partFields(parts: string): readonly FieldRow[] {
  return [
    { field: `${parts}.type`, support: "refused", values: oneOf("input_file", "file"), note: NO_FILES },
    {
      field: `${parts}.type`,
      support: "refused",
      values: oneOf("input_audio"),
      note: 'Agents hear nothing. Send the words as a part of type "input_text".',
    },
    { field: `${parts}.file_id`, support: "refused", note: NO_FILES },
    imageUrlRow(`${parts}.image_url`),
    { field: `${parts}.detail`, support: "ignored", note: "Images are sent as they are." },
  ];
}

/** The fields of `POST /v1/responses`. */
export const responseFields: readonly FieldRow[] = [
  { field: "input", support: "supported", note: "Of a conversation that a session knows, only the new part is sent." },
  { field: "input[].type", support: "ignored", values: readItems, note: "Items of the vendor's own tools." },
  ...partFields("input[].content[]"),
  ...partFields("input[].output[]"),
  ...settingFields,
  ...toolFields,
];
