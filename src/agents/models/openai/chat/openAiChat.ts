import type { VendorOptions } from "../../http/vendor.ts";
import type { ModelWire } from "../../wire.ts";
import { openAiWire } from "../openAiWire.ts";
import { ChatReading } from "./chatReading.ts";
import { chatBody } from "./chatRequest.ts";

/** Creates the wire of `/chat/completions`, which OpenAI and Azure have, and most other vendors and local servers as well. */
export function createOpenAiChat(options: VendorOptions): ModelWire {
  return openAiWire(options, { path: "/chat/completions", bodyOf: chatBody, Reading: ChatReading });
}
