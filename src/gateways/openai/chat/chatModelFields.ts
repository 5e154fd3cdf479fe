import { ignoredFields, NO_COUNTERPART, NO_SESSION, refusedFields, SERVICE } from "../../turns/engines/counterparts.ts";
import { type FieldRow, moreThan, otherThan } from "../../turns/fields.ts";
import { imageUrlRow } from "../imageUrl.ts";

const supported = (note: string, ...fields: readonly string[]): readonly FieldRow[] =>
  fields.map((field) => ({ field, support: "supported", note }));

const TO_THE_MODEL = "Sent to the model.";

/** The fields of `POST /v1/chat/completions` for a model of an engine with another protocol. */
export const chatModelFields: readonly FieldRow[] = [
  { field: "model", support: "mapped", note: "`<engine>`, `<engine>/<model>`, or a name of `gateways.modelAliases`." },
  ...supported(TO_THE_MODEL, "messages"),
  {
    field: "messages[].content[].type",
    support: "refused",
    values: otherThan("text", "image_url", "refusal"),
    note: NO_COUNTERPART,
  },
  imageUrlRow("messages[].content[].image_url.url"),
  ...ignoredFields("Images are sent as they are.", "messages[].content[].image_url.detail"),
  ...ignoredFields("Models of other protocols hear nothing.", "messages[].audio"),
  ...supported(TO_THE_MODEL, "tools"),
  { field: "tools[].type", support: "ignored", values: otherThan("function"), note: "Tools of the vendor do not run." },
  ...supported("The older form of `tools`.", "functions"),
  {
    field: "tool_choice.type",
    support: "refused",
    values: otherThan("function", "allowed_tools"),
    note: NO_COUNTERPART,
  },
  {
    field: "tool_choice.allowed_tools.tools[].type",
    support: "refused",
    values: otherThan("function"),
    note: NO_COUNTERPART,
  },
  ...supported(TO_THE_MODEL, "tool_choice"),
  ...supported("The older form of `tool_choice`.", "function_call"),
  ...supported("As far as the protocol of the engine has it.", "parallel_tool_calls", "reasoning_effort"),
  {
    field: "response_format.type",
    support: "refused",
    values: otherThan("text", "json_schema", "json_object"),
    note: NO_COUNTERPART,
  },
  ...supported("As far as the model keeps to it.", "response_format"),
  ...supported("The reasoning of the model is `reasoning_content`.", "stream"),
  ...ignoredFields(SERVICE, "stream_options.include_obfuscation"),
  ...supported("`include_usage`: as the vendor counts.", "stream_options"),
  ...supported(TO_THE_MODEL, "max_tokens", "max_completion_tokens", "stop", "temperature", "top_p"),
  { field: "n", support: "refused", values: moreThan(1), note: NO_COUNTERPART },
  ...supported("There is one answer.", "n"),
  { field: "best_of", support: "refused", values: moreThan(1), note: NO_COUNTERPART },
  ...supported("There is one answer.", "best_of"),
  { field: "modalities[]", support: "refused", values: otherThan("text"), note: NO_COUNTERPART },
  ...supported("The answer is text.", "modalities"),
  ...refusedFields("logprobs", "top_logprobs", "audio", "seed", "logit_bias"),
  ...refusedFields("presence_penalty", "frequency_penalty", "web_search_options"),
  ...ignoredFields("The model chooses it.", "verbosity", "prediction"),
  ...ignoredFields(SERVICE, "service_tier", "prompt_cache_key", "prompt_cache_retention", "prompt_cache_options"),
  ...ignoredFields(SERVICE, "moderation", "store", "user", "safety_identifier"),
  ...ignoredFields(NO_SESSION, "metadata"),
];
