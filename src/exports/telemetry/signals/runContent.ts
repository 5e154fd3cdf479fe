import type { ContentLevel, Fact } from "../../outbox/fact.ts";
import type { DestinationPorts } from "../../ports.ts";

/** The content of a run that may be sent, masked and cut. */
export interface RunContent {
  readonly input?: string | undefined;
  readonly output?: string | undefined;
  readonly error?: string | undefined;
}

/** Maximum length of one text in characters. Services take spans of 64 to 200 KB. */
const MAX_LENGTH = 16_000;

/**
 * Returns the content of a run that has ended.
 * @param level that of the destination; the fact is already reduced to it
 */
export async function contentOf(
  { event }: Fact,
  level: ContentLevel,
  { exportRun }: Pick<DestinationPorts, "exportRun">,
): Promise<RunContent> {
  if (level === "none") return {};
  const output = event.type === "command-completed" ? cut(event.output) : undefined;
  const error = event.type === "command-error" ? cut(event.error) : undefined;
  if (level === "output" || !("executionId" in event)) return { output, error };
  // The end does not repeat the request.
  const run = await exportRun(event.executionId).catch(() => undefined);
  return { input: cut(run?.execution.args?.join("\n")), output, error };
}

function cut(text: string | undefined): string | undefined {
  if (text === undefined || text === "") return undefined;
  return text.length <= MAX_LENGTH ? text : `${text.slice(0, MAX_LENGTH).toWellFormed()}…`;
}
