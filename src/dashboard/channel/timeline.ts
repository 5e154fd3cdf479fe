import { lengthOf } from "../../core/events/eventWeights.ts";
import type { TimelineStep } from "../contract/dashboard.ts";
import { agentStepSchema, compactionSchema } from "../../protocol/agents/agentStep.ts";
import { textOfCompaction, textOfStep } from "../../protocol/agents/agentStepText.ts";
import type { BridgeEvent } from "../../protocol/events.ts";

const MAX_STEPS = 500;
/** Of all diffs together, in characters; later ones are left out. */
const MAX_DIFF_LENGTH = 512 * 1024;

/** Builds the first steps of one execution. Consecutive output is one step; its text is in the output itself. */
export function timelineOf<E extends object>(
  events: readonly E[],
  isKnown: (event: E) => event is E & BridgeEvent,
): TimelineStep[] {
  const steps: TimelineStep[] = [];
  let diffLength = 0;
  for (const event of events) {
    if (steps.length > MAX_STEPS) break;
    if (!isKnown(event)) continue;
    if (event.type === "tool-call" && event.diffs !== undefined) diffLength += lengthOf(event);
    const last = steps.at(-1);
    if (event.type === "command-output" && last?.type === "command-output") {
      steps[steps.length - 1] = { ...last, length: (last.length ?? 0) + event.output.length };
    } else steps.push(withoutDiffs(stepOf(event), diffLength > MAX_DIFF_LENGTH));
  }
  return steps.slice(0, MAX_STEPS);
}

function withoutDiffs(step: TimelineStep, isTooMuch: boolean): TimelineStep {
  const { diffs: _diffs, ...rest } = step;
  return isTooMuch ? rest : step;
}

function stepOf(event: BridgeEvent): TimelineStep {
  const step = { type: event.type, at: event.timestamp };
  switch (event.type) {
    case "command-output":
      return { ...step, length: event.output.length };
    case "output-retracted":
      return { ...step, length: event.length };
    case "tool-call":
      return {
        ...step,
        text: event.status === undefined ? event.title : `${event.title} – ${event.status}`,
        tool: { title: event.title, status: event.status },
        ...(event.diffs !== undefined && { diffs: event.diffs }),
        ...(event.childId !== undefined && { childId: event.childId }),
      };
    case "agent-step":
      return { ...step, text: textOfStep(event), agentStep: agentStepSchema.parse(event) };
    case "conversation-compacted":
      return { ...step, text: textOfCompaction(event), compaction: compactionSchema.parse(event) };
    case "wait-changed":
      return {
        ...step,
        text: event.waitingFor === undefined ? "Goes on" : "Waits for the client's tool",
        isWaiting: event.waitingFor !== undefined,
      };
    case "user-input-required":
      return { ...step, text: event.prompt };
    case "input-accepted":
    case "input-expired":
      return { ...step, text: event.inputValue };
    case "command-error":
      return { ...step, text: event.error };
    case "command-cancelled":
      return { ...step, text: event.how };
    case "command-queued":
      return { ...step, length: event.position };
    default:
      return step;
  }
}
