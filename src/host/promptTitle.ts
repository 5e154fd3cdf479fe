import { plainText } from "./status/plainText.ts";

/** Maximum length in characters, which fits into a tab. */
const LONGEST = 40;

/** Returns the first words of a prompt as its title. */
export function titleOfPrompt(prompt: string): string {
  const [firstLine = ""] = prompt.trim().split("\n");
  const line = plainText(firstLine, 4 * LONGEST);
  if (line.length <= LONGEST) return line;
  const words = line.slice(0, LONGEST + 1).replace(/\s+\S*$/, "");
  return `${words.slice(0, LONGEST)}…`;
}
