import type { VendorOptions } from "../../http/vendor.ts";
import type { ModelWire } from "../../wire.ts";
import { openAiWire } from "../openAiWire.ts";
import { responsesBody } from "./responsesRequest.ts";
import { ResponsesReading } from "./responsesReading.ts";

/** Creates the wire of `/responses`, which OpenAI, Azure and some local servers have. */
export function createOpenAiResponses(options: VendorOptions): ModelWire {
  return openAiWire(options, { path: "/responses", bodyOf: responsesBody, Reading: ResponsesReading });
}
