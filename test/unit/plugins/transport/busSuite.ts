import type { BusTests, BusUnderTest } from "../../../support/plugins/busUnderTest.ts";
import { deliverySuite } from "./deliverySuite.ts";
import { requestSuite } from "./requestSuite.ts";
import { subscriberSuite } from "./subscriberSuite.ts";

const all: readonly BusTests[] = [deliverySuite, subscriberSuite, requestSuite];

/**
 * Runs the tests that hold for each transport.
 * @param open makes a bus that shares nothing with the others
 * @param more tests of what not all of them have
 */
export function busSuite(open: () => Promise<BusUnderTest>, more: readonly BusTests[] = []): void {
  let bus: BusUnderTest | undefined;
  const current = (): BusUnderTest => {
    if (bus === undefined) throw new Error("a bus exists within a test");
    return bus;
  };
  beforeEach(async () => {
    bus = await open();
  });
  afterEach(async () => {
    await bus?.dispose();
    bus = undefined;
  });
  for (const suite of [...all, ...more]) suite(current);
}
