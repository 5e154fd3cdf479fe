import {
  ignoredFields,
  NO_COUNTERPART,
  NO_SESSION,
  refusedFields,
  SERVICE,
  supportedFields,
  TO_THE_MODEL,
} from "../../turns/engines/counterparts.ts";
import { type FieldRow, moreThan, oneOf, otherThan } from "../../turns/fields.ts";
import { imageUrlRow } from "../imageUrl.ts";
import { readItems } from "./responseFields.ts";

/** Returns the rows of the parts of a message, or of the result of a tool. */
function partFields(parts: string): readonly FieldRow[] {
  return [
    {
      field: `${parts}.type`,
      support: "refused",
      values: oneOf("input_file", "file", "input_audio"),
      note: NO_COUNTERPART,
    },
    { field: `${parts}.file_id`, support: "refused", note: NO_COUNTERPART },
    imageUrlRow(`${parts}.image_url`),
    ...ignoredFields("Images are sent as they are.", `${parts}.detail`),
  ];
}

const toolFields: readonly FieldRow[] = [
  ...supportedFields(TO_THE_MODEL, "tools"),
  {
    field: "tools[].type",
    support: "ignored",
    values: otherThan("function", "namespace"),
    note: "Tools of the vendor do not run.",
  },
  {
    field: "tools[].tools[].type",
    support: "ignored",
    values: otherThan("function"),
    note: "Tools of the vendor do not run.",
  },
  {
    field: "tool_choice.type",
    support: "refused",
    values: otherThan("function", "allowed_tools"),
    note: NO_COUNTERPART,
  },
  { field: "tool_choice.tools[].type", support: "refused", values: otherThan("function"), note: NO_COUNTERPART },
  ...supportedFields(TO_THE_MODEL, "tool_choice"),
  ...supportedFields("As far as the protocol of the engine has it.", "parallel_tool_calls", "reasoning.effort"),
];

/** The fields of `POST /v1/responses` for a model of an engine with another protocol. */
export const responseModelFields: readonly FieldRow[] = [
  { field: "model", support: "mapped", note: "`<engine>`, `<engine>/<model>`, or a name of `gateways.modelAliases`." },
  ...supportedFields(TO_THE_MODEL, "input", "instructions"),
  { field: "input[].type", support: "ignored", values: readItems, note: "Items of the vendor's own tools." },
  ...partFields("input[].content[]"),
  ...partFields("input[].output[]"),
  ...toolFields,
  ...supportedFields("A response of the last hour, of the same client.", "previous_response_id"),
  ...supportedFields("The `conversation` of a response of the last hour.", "conversation"),
  ...supportedFields("Kept in memory for an hour, unless it is `false`.", "store"),
  ...supportedFields("The reasoning of the model is a `reasoning` item.", "stream", "reasoning.summary"),
  ...supportedFields("As far as the model keeps to it.", "text.format"),
  ...supportedFields(TO_THE_MODEL, "max_output_tokens", "stop", "temperature", "top_p"),
  ...supportedFields("Returned with the response.", "metadata"),
  ...ignoredFields(NO_SESSION, "metadata.kiro_session"),
  { field: "include[]", support: "refused", values: oneOf("message.output_text.logprobs"), note: NO_COUNTERPART },
  ...ignoredFields("There is nothing to include.", "include"),
  { field: "n", support: "refused", values: moreThan(1), note: NO_COUNTERPART },
  ...supportedFields("There is one answer.", "n"),
  { field: "modalities[]", support: "refused", values: otherThan("text"), note: NO_COUNTERPART },
  ...supportedFields("The answer is text.", "modalities"),
  ...refusedFields("background", "prompt", "logprobs", "top_logprobs", "best_of", "audio", "max_tool_calls", "seed"),
  ...refusedFields("presence_penalty", "frequency_penalty", "logit_bias"),
  ...ignoredFields("The model chooses it.", "text.verbosity", "reasoning.context"),
  ...ignoredFields("The model gets the conversation as it is.", "truncation", "context_management"),
  ...ignoredFields("Events are sent as they are.", "stream_options"),
  ...ignoredFields(SERVICE, "service_tier", "prompt_cache_key", "prompt_cache_retention", "prompt_cache_options"),
  ...ignoredFields(SERVICE, "moderation", "user", "safety_identifier", "client_metadata"),
];
