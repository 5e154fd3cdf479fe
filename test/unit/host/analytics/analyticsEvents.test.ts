import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { analyticsAddress } from "../../../../src/host/analytics/analyticsAddress.ts";
import { UseCounter } from "../../../../src/host/analytics/analyticsEvents.ts";
import { analyticsId, removeAnalyticsId } from "../../../../src/host/analytics/analyticsId.ts";
import type { EventPayload } from "../../../../src/protocol/events.ts";
import { manualPage } from "../../../support/checks/manual.ts";
import { sectionOf } from "../../../support/checks/promises.ts";
import { factOf } from "../../../support/exports/facts.ts";

const root = join(import.meta.dirname, "../../../..");
const text = (file: string) => readFileSync(join(root, file), "utf8");

/** The properties of each event, as the code, telemetry.json and docs/manual/privacy.md name them. */
const declared = (): Record<string, string[]> => {
  const { events } = JSON.parse(text("telemetry.json")) as { events: Record<string, Record<string, unknown>> };
  const names = (event: Record<string, unknown>) => Object.keys(event).filter((name) => name !== "comment");
  return Object.fromEntries(Object.entries(events).map(([name, event]) => [name, names(event).toSorted()]));
};

describe("Analytics", () => {
  it("have the events and properties that telemetry.json and docs/manual/privacy.md list, and no others", () => {
    const code = text("src/host/analytics/analyticsEvents.ts");
    const { "bridge-started": started, "bridge-failed": failed, "bridge-used": used, ...others } = declared();
    assert.deepEqual(others, {});
    assert.deepEqual(used, [...Object.keys(new UseCounter().counts), "minutes"].toSorted());
    const [, ofStart = ""] = /"bridge-started": \{([^}]*)\}/.exec(code) ?? [];
    assert.deepEqual(started, [...ofStart.matchAll(/readonly (\w+):/g)].map(([, name = ""]) => name).toSorted());
    assert.deepEqual(failed, ["reason"]);
    assert.deepEqual(
      [...code.matchAll(/readonly "([\w-]+)":/g)].map(([, name]) => name),
      ["bridge-started", "bridge-failed", "bridge-used"],
    );
    const section = sectionOf(manualPage("privacy"), "## Analytics");
    const rows = section.split("\n").filter((line) => line.startsWith("| `"));
    assert.deepEqual(
      rows.map((row) => [...row.matchAll(/`([a-z][\w-]*)`/gi)].map(([, name]) => name)).map(([name]) => name),
      Object.keys(declared()),
    );
    for (const [index, names] of Object.values(declared()).entries())
      for (const name of names) assert.ok(rows[index]?.includes(`\`${name}\``), name);
  });

  it("count what the bridge is used for, without a word of it", () => {
    const counter = new UseCounter();
    const started = { executionId: "exec-1", command: "secret.command", args: ["secret"] };
    const payloads: readonly EventPayload[] = [
      { type: "command-started", ...started, target: "editor" },
      { type: "command-started", ...started, target: "cli" },
      { type: "command-started", ...started, target: "my-secret-engine" },
      { type: "user-input-required", executionId: "exec-1", questionId: "q", prompt: "secret", inputType: "text" },
      { type: "command-error", executionId: "exec-1", error: "secret", recoverable: false },
      { type: "command-cancelled", executionId: "exec-1", how: "dequeued" },
      { type: "command-completed", executionId: "exec-1", success: true, output: "secret", executionTimeMs: 1 },
    ];
    for (const payload of payloads) counter.add(factOf(payload).event);
    assert.deepEqual(counter.counts, { editorCommands: 1, prompts: 2, failed: 1, questions: 1 });
  });

  it("have a random ID that stays until it is deleted", async () => {
    const values = new Map<string, unknown>();
    const state: Parameters<typeof analyticsId>[0] = {
      get: (key: string) => values.get(key) as never,
      update: async (key: string, value: unknown) =>
        void (value === undefined ? values.delete(key) : values.set(key, value)),
    };
    const first = await analyticsId(state);
    assert.match(first, /^[0-9a-f-]{36}$/);
    assert.equal(await analyticsId(state), first);
    assert.equal(await removeAnalyticsId(state), first);
    assert.equal(values.size, 0);
    assert.equal(await removeAnalyticsId(state), undefined);
    assert.notEqual(await analyticsId(state), first);
  });

  it("go only where nobody can read them on the way", () => {
    assert.equal(analyticsAddress("https://eu.i.posthog.com")?.href, "https://eu.i.posthog.com/");
    assert.equal(analyticsAddress("http://127.0.0.1:9000/proxy")?.href, "http://127.0.0.1:9000/proxy/");
    const wrong = [
      "",
      "posthog",
      "http://eu.i.posthog.com",
      "file:///tmp",
      "https://me:pw@example.com",
      "http://127.0.0.1.x.org",
    ];
    for (const address of wrong) assert.equal(analyticsAddress(address), undefined, address);
  });
});
