import assert from "node:assert/strict";
import * as z from "zod";
import { fake, fakeCalls, fakeSay } from "../../fixtures/simulator/directive.ts";
import { isEnd } from "../../../src/protocol/events.ts";
import { until } from "../until.ts";
import type { GatewayBridge } from "./startGatewayBridge.ts";

/* What the tests of all clients ask the simulated agent for, and how they see that it was done once. */

/** The parameters of the tool `weather`. */
export const cityShape = z.object({ city: z.string() });

/** An answer of a schema. */
export const reportShape = z.object({ city: z.string(), degrees: z.number() });
export const report = { city: "Bern", degrees: 21 };

export const prompts = {
  hello: `Hi ${fakeSay("Hello.")}`,
  numbers: `Count ${fakeSay("one two three")}`,
  again: `Again ${fakeSay("Yes.")}`,
  report: `Weather? ${fakeSay(JSON.stringify(report))}`,
  /** The agent calls the tool `weather` once. */
  weather: `Weather? ${fakeCalls([[{ tool: "weather", args: { city: "Bern" } }]])}`,
  /** The agent never answers. */
  endless: `Wait ${fake("hang")}`,
};

/** The tool `weather` of a client, which remembers the cities. */
export class Weather {
  readonly cities: string[] = [];

  readonly of = ({ city }: z.infer<typeof cityShape>): string => {
    this.cities.push(city);
    return `Sunny in ${city}`;
  };

  /** Asserts that the client has run the tool once, and the agent has answered with its result. */
  assertRun(answer: string | null): void {
    assert.match(answer ?? "", /weather returned: Sunny in Bern/);
    assert.deepEqual(this.cities, ["Bern"]);
  }
}

/** Asserts that `work` starts one prompt. */
export async function assertOnePrompt(gateway: GatewayBridge, work: () => Promise<void>): Promise<void> {
  const before = gateway.startedPrompts().length;
  await work();
  assert.equal(gateway.startedPrompts().length - before, 1);
}

/** Resolves when all prompts have ended: until then, a client that starts another conversation works on two at once. */
export async function promptsEnded(gateway: GatewayBridge): Promise<void> {
  await until(() => {
    const ended = new Set(
      gateway.bridge.core.events.read(0).events.flatMap((event) => (isEnd(event) ? [event.executionId] : [])),
    );
    return gateway.startedPrompts().every((id) => ended.has(id));
  });
}

/** Asserts that the latest two prompts reached the same session of the agent, and the last one was this alone. */
export function assertSameSession(gateway: GatewayBridge, prompt: string): void {
  const [before, after] = gateway.agentTurns().slice(-2);
  assert.deepEqual([after?.sessionId, after?.prompt], [before?.sessionId, prompt]);
}

/** Asserts that the execution of an endless prompt is cancelled when its client aborts it. */
export async function assertCancelled(
  gateway: GatewayBridge,
  ask: (signal: AbortSignal) => Promise<unknown>,
  error: assert.AssertPredicate,
): Promise<void> {
  const { events } = gateway.bridge.core;
  const before = events.lastId;
  const happened = (type: string) => () => events.read(before).events.some((event) => event.type === type);
  const abort = new AbortController();
  const asking = assert.rejects(ask(abort.signal), error);
  await until(happened("command-started"));
  abort.abort();
  await asking;
  await until(happened("command-cancelled"));
}
