import type { Redactor } from "../core/privacy/redactor.ts";
import { appendToStream, retractFromStream, type StreamState, streamStart } from "../core/privacy/secretStream.ts";
import { type RecordedEvent, type RunExport, runExportSchema } from "../protocol/runExport.ts";

/** Returns an export without secrets. Yields to the event loop. */
export async function maskedRun(run: RunExport, redactor: Redactor): Promise<RunExport> {
  return runExportSchema.parse(await redactor.copy({ ...run, events: withMaskedOutput(run.events, redactor) }));
}

/**
 * Masks the output of all steps as one text for each stream, because a secret may be split over steps. Text that is
 * undecided at the end of a step moves to the next one.
 */
function withMaskedOutput(events: readonly RecordedEvent[], { find }: Redactor): RecordedEvent[] {
  const masked = [...events];
  const streams = new Map<unknown, { readonly state: StreamState; readonly last: number }>();
  for (const [at, event] of masked.entries()) {
    const { type, output, stream = "stdout", length } = event;
    if (type === "command-output" && typeof output === "string") {
      const { state, text } = appendToStream(streams.get(stream)?.state ?? streamStart, output, find);
      masked[at] = { ...event, output: text };
      streams.set(stream, { state, last: at });
    }
    const stdout = streams.get("stdout");
    if (type === "output-retracted" && stdout !== undefined) {
      const { state, retracted } = retractFromStream(stdout.state, Number(length));
      masked[at] = { ...event, length: retracted };
      streams.set("stdout", { ...stdout, state });
    }
  }
  for (const { state, last } of streams.values()) {
    const event = masked[last];
    const { text } = appendToStream(state, "", find, "end");
    if (event !== undefined) masked[last] = { ...event, output: `${String(event["output"])}${text}` };
  }
  return masked;
}
