import { findNats } from "./natsProgram.ts";

const program = await findNats();

/** Describes tests that need a `nats-server`; without one, they are pending, with the reason in the title. */
export function describeNats(title: string, tests: () => void): void {
  if (program.kind === "found") describe(title, tests);
  else describe.skip(`${title} (skipped: ${program.reason})`, tests);
}
