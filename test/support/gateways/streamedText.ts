import * as z from "zod";

const chunkSchema = z.object({ choices: z.array(z.object({ delta: z.object({ content: z.string().optional() }) })) });

/** Returns the text of a stream of chat completions, which comes in any number of pieces. */
export function streamedText(stream: string): string {
  const chunks = [...stream.matchAll(/^data: (\{.+)$/gm)].map(([, json = ""]) => chunkSchema.parse(JSON.parse(json)));
  return chunks.map(({ choices: [choice] }) => choice?.delta.content ?? "").join("");
}
