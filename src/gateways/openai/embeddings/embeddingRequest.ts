import * as z from "zod";
import type { EmbedRequest } from "../../../core/models/modelCall.ts";
import { validate } from "../../../protocol/validate.ts";
import { NO_COUNTERPART } from "../../turns/engines/counterparts.ts";
import { type FieldRow, readFields } from "../../turns/fields.ts";
import type { RequestBody } from "../../turns/requestBody.ts";

/** The limit of the vendor. */
const MOST_INPUTS = 2048;
const MOST_TOKENS = 100_000;
const LONGEST_TEXT = 1024 * 1024;
const MOST_DIMENSIONS = 100_000;
const LONGEST_NAME = 256;

const text = z.string().min(1).max(LONGEST_TEXT);
const tokens = z.array(z.int().min(0)).min(1).max(MOST_TOKENS);
const several = z
  .array(z.union([text, tokens]))
  .min(1)
  .max(MOST_INPUTS);

const embeddingRequestSchema = z.object({
  model: z.string().min(1).max(LONGEST_NAME),
  input: z.union([text.transform((one) => [one]), tokens.transform((one) => [one]), several]),
  encoding_format: z.enum(["float", "base64"]).nullish(),
  dimensions: z.int().min(1).max(MOST_DIMENSIONS).nullish(),
});

/** The fields of `POST /v1/embeddings`. */
export const embeddingFields: readonly FieldRow[] = [
  { field: "model", support: "mapped", note: "`<engine>`, `<engine>/<model>`, or a name of `gateways.modelAliases`." },
  { field: "input", support: "supported", note: "A text, up to 2048 texts, or their tokens. Sent in batches." },
  { field: "encoding_format", support: "supported", note: "`float` or `base64`, whatever the engine has." },
  { field: "dimensions", support: "supported", note: "As far as the model has it." },
  { field: "user", support: "ignored", note: "About the vendor's own service." },
];

/** A request for embeddings. */
export interface AskedEmbeddings extends Omit<EmbedRequest, "model"> {
  /** As the client has named it. */
  readonly model: string;
  readonly isBase64: boolean;
  /** Names of fields without effect. */
  readonly ignored: readonly string[];
}

/** Reads the body of `POST /v1/embeddings`. @throws BridgeError VALIDATION_FAILED with `field` */
export function readEmbeddings(body: RequestBody): AskedEmbeddings {
  const ignored = readFields(body, embeddingFields, {}, NO_COUNTERPART);
  const { model, input, dimensions, encoding_format: format } = validate(embeddingRequestSchema, body);
  return {
    model,
    input,
    isBase64: format === "base64",
    ...(typeof dimensions === "number" && { dimensions }),
    ignored,
  };
}
