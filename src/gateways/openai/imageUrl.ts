import type { PromptBlock } from "../../core/models/promptBlock.ts";
import { invalid } from "../../protocol/validate.ts";
import type { FieldRow } from "../turns/fields.ts";

const DATA_URL = /^data:(image\/[\w.+-]+)(?:;[\w.+-]+=[\w.+-]+)*;base64,/iu;
const BASE64 = /^[A-Za-z0-9+/_-]+={0,2}$/u;

/** Returns the row of a field with the URL of an image. */
export function imageUrlRow(field: string): FieldRow {
  return {
    field,
    support: "refused",
    values: { text: "an address", includes: (value) => typeof value === "string" && !/^data:/iu.test(value) },
    note: "The bridge fetches nothing for its callers. Send the image itself as a data: URL.",
  };
}

/**
 * Reads an image that a request contains. Nothing is fetched for callers, because their addresses may be those of services
 * that only this machine reaches.
 * @throws BridgeError VALIDATION_FAILED with `field`
 */
export function imageOf(url: string, field: string): PromptBlock {
  const head = DATA_URL.exec(url);
  const data = url.slice(head?.[0].length ?? 0);
  if (head?.[1] === undefined || !BASE64.test(data)) {
    const what = "an image as a data: URL in base64";
    throw invalid(field, "unsupported", what, "string", `expected ${what}; other URLs are not fetched`);
  }
  return { type: "image", mimeType: head[1].toLowerCase(), data };
}
