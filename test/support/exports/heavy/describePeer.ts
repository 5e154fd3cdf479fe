/** A program that tests need: where it is, or why it is not here. */
export type FoundProgram =
  | { readonly kind: "found"; readonly path: string }
  | { readonly kind: "missing"; readonly reason: string };

/** Describes tests that need a program; without it they are pending, with the reason in the title. */
export function describePeer(title: string, program: FoundProgram, tests: (path: string) => void): void {
  if (program.kind === "found") describe(title, () => tests(program.path));
  else describe.skip(`${title} (skipped: ${program.reason})`, () => tests(""));
}
