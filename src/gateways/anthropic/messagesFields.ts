import { type FieldRow, oneOf, otherThan, type Values } from "../turns/fields.ts";

const anyServers: Values = {
  text: "not empty",
  includes: (value) => !(Array.isArray(value) && value.length === 0),
};

/** The types of content blocks that are read. */
export const readBlocks = otherThan(
  "text",
  "image",
  "document",
  "thinking",
  "redacted_thinking",
  "tool_use",
  "tool_result",
  "compaction",
);

const CONTEXT = "Agents manage their context themselves.";
const EFFORT = "Agents choose how much they think.";
const SAMPLING = "Agents choose it.";
const SEND_CONTENT = 'Send the content itself: an image as source.type "base64", a document as source.type "text".';

/** The sources of images and documents among blocks. */
export function sourcesIn(blocks: string): readonly FieldRow[] {
  return [
    {
      field: `${blocks}.source.type`,
      support: "refused",
      values: oneOf("url"),
      note: `The bridge fetches nothing for its callers. ${SEND_CONTENT}`,
    },
    {
      field: `${blocks}.source.type`,
      support: "refused",
      values: oneOf("file"),
      note: `The bridge keeps no files. ${SEND_CONTENT}`,
    },
    {
      field: `${blocks}.source.media_type`,
      support: "refused",
      values: oneOf("application/pdf"),
      note: 'Agents read no PDF. Send the text of the document: source.type "text".',
    },
  ];
}

/** The parts of a prompt, which `POST /v1/messages` and `POST /v1/messages/count_tokens` have in common. */
const promptFields: readonly FieldRow[] = [
  { field: "model", support: "mapped", note: "`kiro`, `kiro/<model>`, or a name of `gateways.modelAliases`." },
  {
    field: "messages",
    support: "supported",
    note: "Of a conversation that a session knows, only the new part is sent.",
  },
  {
    field: "messages[].content[].type",
    support: "refused",
    values: oneOf("container_upload"),
    note: `The bridge keeps no files. ${SEND_CONTENT}`,
  },
  {
    field: "messages[].content[].type",
    support: "ignored",
    values: readBlocks,
    note: "Blocks of the vendor's servers.",
  },
  { field: "messages[].content[].cache_control", support: "ignored", note: CONTEXT },
  { field: "messages[].content[].citations", support: "ignored", note: "Agents cite nothing in blocks." },
  ...sourcesIn("messages[].content[]"),
  ...sourcesIn("messages[].content[].content[]"),
  ...sourcesIn("messages[].content[].source.content[]"),
  {
    field: "messages[].content[].content[].type",
    support: "ignored",
    values: otherThan("text", "image", "document", "tool_reference"),
    note: "Results of tools are text, images and documents.",
  },
  { field: "messages[].clear_at", support: "ignored", note: "A system message keeps its effect." },
  { field: "messages[].output_config", support: "ignored", note: EFFORT },
  { field: "system", support: "mapped", note: "Sent to the agent as the caller's instructions." },
  { field: "system[].cache_control", support: "ignored", note: CONTEXT },
  { field: "cache_control", support: "ignored", note: CONTEXT },
  { field: "tools", support: "supported", note: "Lent to the agent (`gateways.clientTools`)." },
  { field: "tools[].type", support: "ignored", values: otherThan("custom"), note: "Tools of the vendor's servers." },
  { field: "tools[].defer_loading", support: "supported", note: "The tool is lent like the others." },
  { field: "tools[].cache_control", support: "ignored", note: CONTEXT },
  { field: "tools[].strict", support: "ignored", note: "Agents are told the schema of a tool." },
  { field: "tools[].input_examples", support: "ignored", note: "Agents are told the schema of a tool." },
  { field: "tools[].allowed_callers", support: "ignored", note: "Only the agent calls tools." },
  { field: "tools[].eager_input_streaming", support: "ignored", note: "The input of a call is sent at once." },
  { field: "tool_choice", support: "mapped", note: "`any` and `tool` force a call, if they leave one tool to choose." },
  { field: "tool_choice.disable_parallel_tool_use", support: "ignored", note: "The agent decides." },
  { field: "thinking", support: "mapped", note: "What the agent does, and the key of its session as the signature." },
  { field: "thinking.budget_tokens", support: "ignored", note: EFFORT },
  {
    field: "output_config.format",
    support: "supported",
    note: "The answer is JSON that matches the schema, or an error.",
  },
  { field: "output_config.effort", support: "ignored", note: EFFORT },
  { field: "output_format", support: "supported", note: "The older name of `output_config.format`." },
  {
    field: "mcp_servers",
    support: "refused",
    values: anyServers,
    note: "The bridge calls no servers in the name of its callers. Configure the server in the agent, or declare its tools in tools.",
  },
  {
    field: "thread",
    support: "refused",
    errorCode: "thread_unsupported_request",
    note: "The bridge answers from the conversation in messages. Send all of it, without thread.",
  },
];

/** The fields of `POST /v1/messages`. */
export const messagesFields: readonly FieldRow[] = [
  ...promptFields,
  {
    field: "max_tokens",
    support: "ignored",
    setting: "gateways.enforceMaxTokens",
    note: "With `gateways.enforceMaxTokens`, the answer is cut at this length, and the turn cancelled.",
  },
  {
    field: "stop_sequences",
    support: "supported",
    note: "The answer is cut at the first one, and the turn cancelled.",
  },
  { field: "stream", support: "supported", note: "With a `ping` every 10 s." },
  { field: "metadata.kiro_session", support: "mapped", note: "Names the session that answers." },
  { field: "metadata.user_id", support: "ignored", note: "Never selects a session." },
  { field: "temperature", support: "ignored", note: SAMPLING },
  { field: "top_p", support: "ignored", note: SAMPLING },
  { field: "top_k", support: "ignored", note: SAMPLING },
  { field: "context_management", support: "ignored", note: CONTEXT },
  { field: "container", support: "ignored", note: "Agents have no containers of the vendor." },
  { field: "service_tier", support: "ignored", note: "There is one tier." },
  { field: "betas", support: "ignored", note: "Also as the header `anthropic-beta`." },
  {
    field: "compaction",
    support: "refused",
    note: "Agents manage their context themselves. Ask for a summary in messages, without compaction.",
  },
];

/** The fields of `POST /v1/messages/count_tokens`. */
export const countTokensFields: readonly FieldRow[] = [
  ...promptFields,
  { field: "betas", support: "ignored", note: "Also as the header `anthropic-beta`." },
];
