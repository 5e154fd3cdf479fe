import type { CallToolResult } from "@modelcontextprotocol/client";
import type { ServerAnswer } from "../servers/toolServers.ts";

/** Returns the result of a call as text: its texts, or else its value as JSON. Images and sounds are only named. */
export function answerOf({ content, structuredContent, isError = false }: CallToolResult): ServerAnswer {
  const text = content.map(textOf).join("\n");
  const isEmpty = text === "" && structuredContent !== undefined;
  return { text: isEmpty ? JSON.stringify(structuredContent) : text, isError };
}

function textOf(block: CallToolResult["content"][number]): string {
  switch (block.type) {
    case "text":
      return block.text;
    case "resource":
      return "text" in block.resource ? block.resource.text : `(${block.resource.uri})`;
    case "resource_link":
      return `(${block.uri})`;
    default:
      return `(${block.type})`;
  }
}
