import {
  ignoredFields,
  NO_COUNTERPART,
  NO_SESSION,
  refusedFields,
  SERVICE,
  supportedFields,
  TO_THE_MODEL,
} from "../turns/engines/counterparts.ts";
import { type FieldRow, oneOf, otherThan } from "../turns/fields.ts";
import { readBlocks, sourcesIn } from "./messagesFields.ts";

const CACHE = "Other protocols cache without being told.";

const messageFields: readonly FieldRow[] = [
  ...supportedFields(TO_THE_MODEL, "messages"),
  {
    field: "messages[].content[].type",
    support: "refused",
    values: oneOf("container_upload"),
    note: NO_COUNTERPART,
  },
  ...ignoredFields(CACHE, "messages[].content[].cache_control"),
  ...ignoredFields("Models of other protocols cite nothing.", "messages[].content[].citations"),
  {
    field: "messages[].content[].type",
    support: "ignored",
    values: readBlocks,
    note: "Blocks of the vendor's servers.",
  },
  ...sourcesIn("messages[].content[]"),
  ...sourcesIn("messages[].content[].content[]"),
  ...sourcesIn("messages[].content[].source.content[]"),
  ...supportedFields("One text, before the conversation.", "system"),
  ...ignoredFields(CACHE, "system[].cache_control", "cache_control"),
];

const toolFields: readonly FieldRow[] = [
  ...supportedFields(TO_THE_MODEL, "tools"),
  { field: "tools[].type", support: "ignored", values: otherThan("custom"), note: "Tools of the vendor do not run." },
  ...ignoredFields(CACHE, "tools[].cache_control"),
  ...ignoredFields("The model gets the schema of a tool.", "tools[].strict", "tools[].input_examples"),
  ...ignoredFields("The model gets the schema of a tool.", "tools[].allowed_callers", "tools[].eager_input_streaming"),
  ...supportedFields("The tool is sent like the others.", "tools[].defer_loading"),
  ...supportedFields("`disable_parallel_tool_use`: as far as the protocol of the engine has it.", "tool_choice"),
];

/** The fields of `POST /v1/messages` for a model of an engine with another protocol. */
export const messageModelFields: readonly FieldRow[] = [
  { field: "model", support: "mapped", note: "`<engine>`, `<engine>/<model>`, or a name of `gateways.modelAliases`." },
  ...messageFields,
  ...toolFields,
  { field: "thinking", support: "mapped", note: "The reasoning of the model, as far as its protocol shows it." },
  ...ignoredFields("Other protocols have `output_config.effort`.", "thinking.budget_tokens"),
  ...supportedFields("As far as the model keeps to it.", "output_config.format", "output_format"),
  ...supportedFields("As far as the protocol of the engine has it.", "output_config.effort"),
  ...supportedFields(TO_THE_MODEL, "max_tokens", "stop_sequences", "temperature", "top_p"),
  ...supportedFields("With a `ping` every 10 s.", "stream"),
  ...refusedFields("top_k", "mcp_servers", "container"),
  {
    field: "thread",
    support: "refused",
    errorCode: "thread_unsupported_request",
    note: "The bridge answers from the conversation in messages. Send all of it, without thread.",
  },
  ...refusedFields("compaction"),
  ...ignoredFields("The model gets the conversation as it is.", "context_management"),
  ...ignoredFields(SERVICE, "service_tier", "metadata.user_id"),
  ...ignoredFields(NO_SESSION, "metadata.kiro_session"),
  ...ignoredFields("Also as the header `anthropic-beta`.", "betas"),
];
