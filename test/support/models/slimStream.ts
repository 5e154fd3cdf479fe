/** Events that repeat what others have said. */
const NEEDLESS =
  /"type":"(?:ping|response\.(?:created|in_progress|content_part\.\w+|output_text\.done|function_call_arguments\.done))"/;
/** Fields that no wire needs. */
const needless =
  /^(?:object|created|created_at|service_tier|system_fingerprint|item_id|sequence_number|annotations|logprobs|\w+_tokens_details)$/;
/** Settings that a response repeats. */
const settingsFields =
  /^(?:parallel_tool_calls|store|temperature|text|tool_choice|tools|top_p|reasoning|truncation|metadata|content_index)$/;

/** Shortens a stream to what a wire needs of it, so that it can be cut at each byte in little time. */
export function slim(stream: string): string {
  const events = stream.split(/(?<=\n\n)/).filter((event) => !NEEDLESS.test(event));
  return events
    .map((event) => event.replace(/(?<=^data: )\{.*(?=\n)/m, (data) => JSON.stringify(slimmed(JSON.parse(data)))))
    .join("");
}

function slimmed(value: unknown, isResponse = false): unknown {
  if (Array.isArray(value)) return value.map((item) => slimmed(item));
  if (typeof value !== "object" || value === null) return value;
  const kept = Object.entries(value).filter(([name, inner]) => {
    const isLongId = name === "id" && String(inner).length > 20;
    return inner !== null && !isLongId && !needless.test(name) && !(isResponse && settingsFields.test(name));
  });
  return Object.fromEntries(kept.map(([name, inner]) => [name, slimmed(inner, name === "response")]));
}
