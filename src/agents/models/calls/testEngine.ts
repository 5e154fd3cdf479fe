import type { StepRequest } from "../../../core/models/step.ts";
import type { EngineTest } from "../../engines/models.ts";
import { endOfStopped } from "../../turnClock.ts";
import type { Engine } from "../engine.ts";
import { EngineClock } from "../engineClock.ts";
import { bridgeErrorOf } from "../failures/bridgeErrorOf.ts";
import { stepEvents } from "../stepEvents.ts";

const PROMPT = "Reply with the single word: pong";
/** Enough for a word after a short thought. A longer one is cut, which is a success as well. */
const MAX_OUTPUT_TOKENS = 200;
const MAX_TEXT = 200;

/** Tests an engine with one short real call of its default model. @throws BridgeError, or the signal's reason */
export async function testEngine(engine: Engine, signal: AbortSignal): Promise<EngineTest> {
  const monitor = new EngineClock(engine, signal);
  try {
    monitor.signal.throwIfAborted();
    return await answerOf(engine, monitor);
  } catch (error) {
    signal.throwIfAborted();
    if (monitor.stop !== undefined) endOfStopped(monitor.stop, "cooperative");
    throw bridgeErrorOf(error, engine.settings.id);
  } finally {
    monitor.dispose();
  }
}

async function answerOf(engine: Engine, { clock, signal }: EngineClock): Promise<EngineTest> {
  const model = await engine.defaultModel(signal);
  const request: StepRequest = {
    model,
    system: "",
    items: [{ role: "user", content: [{ type: "text", text: PROMPT }] }],
    tools: [],
    maxOutputTokens: MAX_OUTPUT_TOKENS,
  };
  const tested = { model, text: "" };
  for await (const event of stepEvents(engine.wire, request, signal)) {
    clock.recordActivity();
    if (event.type === "text") tested.text = (tested.text + event.text).slice(0, MAX_TEXT);
    else if (event.type === "end") tested.model = event.result.model;
  }
  return { ...tested, text: tested.text.trim() };
}
