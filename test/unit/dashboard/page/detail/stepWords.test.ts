import assert from "node:assert/strict";
import { timelineOf } from "../../../../../src/dashboard/channel/timeline.ts";
import { stepDetail, stepName } from "../../../../../src/dashboard/page/detail/stepWords.ts";
import { setLanguage } from "../../../../../src/dashboard/page/l10n/language.ts";
import type { BridgeEvent } from "../../../../../src/protocol/events.ts";
import { readTexts } from "../../../../support/dashboard/translations.ts";

const of = { eventId: 1, executionId: "e", timestamp: "2026-11-20T09:00:00.000Z", windowId: "w" };

function details(...events: readonly object[]): (string | undefined)[] {
  const all: readonly object[] = events.map((event) => ({ ...of, ...event }));
  return timelineOf(all, (event): event is BridgeEvent => "type" in event).map(stepDetail);
}

const events = [
  { type: "agent-step", step: 2, status: "completed", model: "gpt-x", inputTokens: 1200, outputTokens: 85, cost: 1.5 },
  { type: "agent-step", step: 1, status: "retrying", model: "gpt-x", reason: "It is busy.", delayMs: 1500 },
  { type: "conversation-compacted", droppedItems: 12, tokensBefore: 90_000, tokensAfter: 9_000 },
  { type: "wait-changed" },
  { type: "tool-call", toolCallId: "t", title: "Read a.ts", status: "in_progress" },
  { type: "command-cancelled", how: "killed" },
];

describe("The steps of an execution", () => {
  afterEach(() => setLanguage(undefined, {}));

  it("are described in English", () => {
    setLanguage("en", {});
    assert.deepEqual(details(...events), [
      "2: gpt-x, 1,200 + 85 tokens, 1.50",
      "1: gpt-x, again in 1.5 s: It is busy.",
      "a summary of 12 messages; about 90,000 tokens became 9,000",
      "Goes on",
      "Read a.ts – in progress",
      "process ended",
    ]);
  });

  it("are described in German, with the texts of agents as they are", async () => {
    setLanguage("de", readTexts("de"));
    assert.deepEqual(details(...events), [
      "2: gpt-x, 1.200 + 85 Token, 1,50",
      "1: gpt-x, erneut in 1,5 s: It is busy.",
      "eine Zusammenfassung von 12 Nachrichten; aus etwa 90.000 Token wurden 9.000",
      "Läuft weiter",
      "Read a.ts – in Bearbeitung",
      "Prozess beendet",
    ]);
    assert.equal(stepName("command-queued"), "In der Warteschlange");
  });

  it("keep the text of a window of an earlier version", () => {
    const step = { type: "agent-step", at: of.timestamp, text: "1: gpt-x, 3 + 4 tokens" } as const;
    assert.equal(stepDetail(step), "1: gpt-x, 3 + 4 tokens");
  });
});
