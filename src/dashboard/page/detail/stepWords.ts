import * as l10n from "@vscode/l10n";
import type { AgentStep, Compaction } from "../../../protocol/agents/agentStep.ts";
import type { TimelineStep } from "../../contract/dashboard.ts";
import { plural } from "../l10n/language.ts";
import { count, duration } from "../look/format.ts";
import { money } from "../models/usedWords.ts";

/** Returns the type of a step for people. */
export function stepName(type: TimelineStep["type"]): string {
  switch (type) {
    case "command-queued":
      return l10n.t("Queued");
    case "command-started":
      return l10n.t("Started");
    case "command-output":
      return l10n.t("Output");
    case "output-retracted":
      return l10n.t("Retracted output");
    case "tool-call":
      return l10n.t("Tool");
    case "agent-step":
      return l10n.t("Step of the model");
    case "conversation-compacted":
      return l10n.t("Conversation compacted");
    case "wait-changed":
      return l10n.t("Tool of the client");
    case "user-input-required":
      return l10n.t("Asked");
    case "input-accepted":
      return l10n.t("Answered");
    case "input-expired":
      return l10n.t("Not answered in time; used");
    case "command-completed":
      return l10n.t("Completed");
    case "command-error":
      return l10n.t("Failed");
    case "command-cancelled":
      return l10n.t("Cancelled");
    default:
      return type;
  }
}

/** Returns what a step says of itself: the text of another program as it is, everything else in the language of the page. */
export function stepDetail({ type, text, agentStep, compaction, isWaiting, tool }: TimelineStep): string | undefined {
  if (agentStep !== undefined) return agentStepWords(agentStep);
  if (compaction !== undefined) return compactionWords(compaction);
  if (isWaiting !== undefined) return isWaiting ? l10n.t("Waits for the client's tool") : l10n.t("Goes on");
  if (tool?.status !== undefined) return `${tool.title} – ${toolStatus(tool.status)}`;
  return type === "command-cancelled" && text !== undefined ? cancelWords(text) : text;
}

function agentStepWords({ step, status, model, reason, delayMs = 0, ...used }: AgentStep): string {
  const head = `${step}: ${model}`;
  if (status === "retrying")
    return l10n.t("{0}, again in {1}: {2}", head, duration(delayMs), reason ?? l10n.t("it has failed"));
  const { inputTokens = 0, outputTokens = 0, isEstimated, cost, currency } = used;
  const tokens =
    isEstimated === true
      ? l10n.t("about {0} + {1} tokens", count(inputTokens), count(outputTokens))
      : l10n.t("{0} + {1} tokens", count(inputTokens), count(outputTokens));
  return [head, tokens, ...(cost === undefined ? [] : [money(cost, currency)])].join(", ");
}

function compactionWords({ droppedItems, tokensBefore, tokensAfter }: Compaction): string {
  const [before, after] = [count(tokensBefore), count(tokensAfter)];
  if (droppedItems === 0) return l10n.t("shorter results of tools; about {0} tokens became {1}", before, after);
  return plural(
    droppedItems,
    l10n.t("a summary of {0} message; about {1} tokens became {2}", count(droppedItems), before, after),
    l10n.t("a summary of {0} messages; about {1} tokens became {2}", count(droppedItems), before, after),
  );
}

/** Returns the status of a tool as agents name it; one that is unknown keeps its name. */
function toolStatus(status: string): string {
  switch (status) {
    case "pending":
      return l10n.t("pending");
    case "in_progress":
      return l10n.t("in progress");
    case "completed":
      return l10n.t("completed");
    case "failed":
      return l10n.t("failed");
    default:
      return status;
  }
}

function cancelWords(how: string): string {
  switch (how) {
    case "dequeued":
      return l10n.t("removed from the queue");
    case "cooperative":
      return l10n.t("stopped on request");
    case "killed":
      return l10n.t("process ended");
    default:
      return how;
  }
}

export function lengthWords(characters: number): string {
  return plural(characters, l10n.t("{0} character", count(characters)), l10n.t("{0} characters", count(characters)));
}
