import { quote } from "../protocol/validate.ts";

/** Says why a person is asked about what they seem to have asked for; undefined when no program can be behind it. */
export function outsideText(command: string | undefined): string | undefined {
  if (command === undefined) return undefined;
  return `A program has just run '${quote(command)}' in the editor, and may be behind this. Go on only if you asked for it.`;
}
