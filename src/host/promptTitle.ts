import { plainText } from "./status/plainText.ts";

/** In characters; what stands in a tab. */
const LONGEST = 40;

/** The first words of a prompt, as its name. */
export function titleOfPrompt(prompt: string): string {
  const [firstLine = ""] = prompt.trim().split("\n");
  const line = plainText(firstLine, 4 * LONGEST);
  if (line.length <= LONGEST) return line;
  const words = line.slice(0, LONGEST + 1).replace(/\s+\S*$/, "");
  return `${words.slice(0, LONGEST)}…`;
}
