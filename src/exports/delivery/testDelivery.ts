import type { Clock } from "../../base/clock.ts";
import type { Logger } from "../../base/logger.ts";
import type { DestinationTest } from "../../protocol/exports/destinations.ts";
import type { Destination, Receipt } from "./destination.ts";
import { failureOf, sendWithin } from "./sendWithin.ts";

/** Difference in milliseconds of two clocks that people are told. */
const TOLD_SKEW_MS = 60_000;

export interface TestDeliveryOptions {
  readonly name: string;
  readonly destination: Destination;
  readonly windowId: string;
  /** Returns by how many milliseconds the destination's clock was last ahead; undefined if it does not tell its time. */
  readonly skewMs: () => number | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Sends one marked item, and says in words what came back. A failure is a result. @throws the signal's reason */
export async function testDelivery(options: TestDeliveryOptions, signal: AbortSignal): Promise<DestinationTest> {
  const { clock, destination, logger, name, skewMs, windowId } = options;
  const startedAt = clock.now();
  const result = (success: boolean, sentence: string): Omit<DestinationTest, "outcome" | "error"> => {
    const elapsedMs = Math.round(clock.now() - startedAt);
    return { success, message: sentence + skewSentence(skewMs(), sentence), elapsedMs, windowId };
  };
  try {
    const receipt = await sendWithin((limit) => destination.test(limit), clock, signal);
    return { ...result(true, receiptSentence(name, receipt)), outcome: receipt.outcome };
  } catch (error) {
    signal.throwIfAborted();
    const { kind, message, status } = failureOf(error, name, logger);
    return { ...result(false, message), error: { kind, message, ...(status !== undefined && { httpStatus: status }) } };
  }
}

function receiptSentence(name: string, { outcome, detail, refused }: Receipt): string {
  const [first] = refused ?? [];
  if (first !== undefined) return `The destination '${name}' has dropped the test item: ${first.reason}`;
  const sentence =
    outcome === "stored"
      ? `The destination '${name}' has stored the test item.`
      : `The destination '${name}' has received the test item, but does not say whether it is stored.`;
  return detail === undefined ? sentence : `${sentence} ${detail}`;
}

function skewSentence(skewMs: number | undefined, sentence: string): string {
  if (skewMs === undefined || Math.abs(skewMs) < TOLD_SKEW_MS || sentence.includes("clock")) return "";
  const minutes = Math.round(Math.abs(skewMs) / 60_000);
  return ` The clock of this machine is ${minutes} ${minutes === 1 ? "minute" : "minutes"} ${skewMs > 0 ? "behind" : "ahead"}.`;
}
