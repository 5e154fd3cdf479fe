import { quote } from "../protocol/validate.ts";

/** Says why a person is asked about what they seem to have asked for; undefined when no program can be behind it. */
export function outsideText(command: string | undefined): string | undefined {
  if (command === undefined) return undefined;
  return `A program just ran '${quote(command)}' in this editor and may have caused this. Continue only if you started it yourself.`;
}
