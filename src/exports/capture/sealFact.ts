import type { Redactor } from "../../core/privacy/redactor.ts";
import type { BridgeEvent } from "../../protocol/events.ts";
import { BoundedMask } from "./boundedMask.ts";
import type { ContentLevel, Fact } from "../outbox/fact.ts";
import type { OutputMask } from "./outputMask.ts";
import { reduceFact } from "../outbox/reduceFact.ts";

/** Maximum length of the texts of one fact, in characters. An archive has all of them. */
const MAX_TEXT = 32 * 1024;

/** Events that have no text from outside without their content. */
const plain: ReadonlySet<string> = new Set([
  "command-queued",
  "command-started",
  "command-completed",
  "command-error",
  "command-cancelled",
  "command-output",
  "output-retracted",
  "wait-changed",
]);

/** Fields that nobody outside can fill with text. */
const own: ReadonlySet<string> = new Set([
  "type",
  "executionId",
  "principalId",
  "target",
  "parentId",
  "traceparent",
  "questionId",
  "eventId",
  "timestamp",
  "windowId",
  "windowEventId",
]);

/**
 * Returns a fact as it may be stored: with the content of a level, bounded, without secrets.
 * @param output returns the mask of the output of its run
 */
export function sealFact(
  fact: Fact,
  level: ContentLevel,
  redactor: Redactor,
  output: ((executionId: string) => OutputMask) | undefined,
): Fact {
  const reduced = reduceFact(fact, level);
  if (level === "none" && plain.has(reduced.event.type)) return reduced;
  const mask = new BoundedMask(redactor, MAX_TEXT);
  const event = maskedEvent(withMaskedOutput(reduced.event, level, output), mask);
  return { ...reduced, event, ...(mask.isCut && { isContentCut: true }) };
}

function withMaskedOutput(
  event: BridgeEvent,
  level: ContentLevel,
  output: ((executionId: string) => OutputMask) | undefined,
): BridgeEvent {
  if (level === "none" || output === undefined) return event;
  if (event.type === "command-output")
    return { ...event, output: output(event.executionId).append(event.output, event.stream) };
  return event.type === "output-retracted"
    ? { ...event, length: output(event.executionId).retract(event.length) }
    : event;
}

function maskedEvent(event: BridgeEvent, mask: BoundedMask): BridgeEvent {
  const shown: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(event)) {
    // That of a step is masked already, with the steps around it.
    if (event.type === "command-output" && name === "output") shown[name] = mask.cut(field);
    else if (!own.has(name)) shown[name] = mask.mask(field);
  }
  return Object.assign({}, event, shown);
}
