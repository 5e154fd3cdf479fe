import assert from "node:assert/strict";
import * as z from "zod";
import { chatStreamPayloads } from "../../../../src/protocol/openapi/eventSchemas.ts";
import { fake } from "../../../fixtures/simulator/directive.ts";
import { nextEvent } from "../../../support/events.ts";
import type { Answer } from "../../../support/httpClient.ts";
import { TestClock } from "../../../support/testClock.ts";
import type { KiroBridge } from "./kiroBridge.ts";

/** One event of a chat stream. */
export interface StreamedEvent {
  readonly id: number;
  readonly name: string;
  readonly data: Record<string, unknown>;
}

/** The events of a stream that has ended, each as the OpenAPI document says. */
export function eventsIn(text: string): StreamedEvent[] {
  const told = readEvents(text);
  for (const { name, data } of told) {
    const schema = Object.entries(chatStreamPayloads).find(([known]) => known === name)?.[1];
    assert.ok(schema !== undefined, name);
    schema.strict().parse(data);
  }
  return told;
}

function readEvents(text: string): StreamedEvent[] {
  return text
    .split("\n\n")
    .filter((block) => block.includes("data:"))
    .map((block) => ({
      id: Number(/^id: (\d+)$/mu.exec(block)?.[1]),
      name: /^event: (.*)$/mu.exec(block)?.[1] ?? "",
      data: z.record(z.string(), z.unknown()).parse(JSON.parse(/^data: (.*)$/mu.exec(block)?.[1] ?? "{}")),
    }));
}

/** The answer to a prompt about which the CLI talks on and on, when 150 ms are over, which is all that it gets. */
export async function lateAnswer(handlers: KiroBridge, session: string, headers = {}): Promise<Answer> {
  const clock = TestClock.stopped();
  const talks = nextEvent(handlers.rig.events, "command-output", (event) => /more-\d+-1 /u.test(JSON.stringify(event)));
  const answering = handlers.chat({ prompt: fake("cancel", { chunkMs: 2 }), session, timeoutMs: 150 }, headers);
  try {
    await talks;
    clock.pass(150);
    return await answering;
  } finally {
    clock.release();
  }
}
