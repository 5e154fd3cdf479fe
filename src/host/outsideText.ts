import * as l10n from "@vscode/l10n";
import { quote } from "../protocol/validate.ts";

/** Explains a question about a command that a program may have caused, or returns undefined. */
export function outsideText(command: string | undefined): string | undefined {
  if (command === undefined) return undefined;
  return l10n.t(
    "A program just ran '{0}' in this editor and may have caused this. Continue only if you started it yourself.",
    quote(command),
  );
}
