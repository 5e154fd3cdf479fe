import type { RequestBody } from "../turns/requestBody.ts";
import { isText } from "./textBlock.ts";

/** The line that Claude Code puts before its system prompt, for the vendor's servers. It is another one in each request. */
const BILLING = /^x-anthropic-billing-header:[^\n]*\n?/u;

/** Returns a body without the line, which would make a repeated request or a known conversation look like another one. */
export function withoutBillingLine(body: RequestBody): RequestBody {
  const { system } = body;
  if (typeof system === "string") return BILLING.test(system) ? { ...body, system: system.replace(BILLING, "") } : body;
  if (!Array.isArray(system)) return body;
  const [first, ...others] = system;
  if (!isText(first) || !BILLING.test(first.text)) return body;
  return { ...body, system: [{ ...first, text: first.text.replace(BILLING, "") }, ...others] };
}
