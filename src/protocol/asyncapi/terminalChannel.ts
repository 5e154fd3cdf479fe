import * as z from "zod";
import { terminalFrames, TERMINAL_SUBPROTOCOL } from "../terminal.ts";
import { placeQuerySchema } from "../windows/place.ts";
import type { MessageSchemas } from "./messageSchemas.ts";
import { channelRef, messageRefs, type Part } from "./parts.ts";

const CHANNEL = "terminal";
const text = z.string();
const examples: Readonly<Record<keyof typeof terminalFrames, object>> = {
  branch: { type: "branch", branch: "main" },
  output: { type: "output", data: "Hello" },
  exit: { type: "exit", code: 0, signal: null },
  input: { type: "input", data: "Hello Kiro\r" },
};
const isFromClient = (type: string): boolean => type === "input";

/** The WebSocket `/terminal`: raw text, or JSON frames with the subprotocol. */
export function terminalChannel(schemas: MessageSchemas): Part {
  const frames = Object.entries(terminalFrames).map(([type, schema]) => [
    type,
    {
      name: type,
      title: `Frame ${type}`,
      summary: `With the subprotocol \`${TERMINAL_SUBPROTOCOL}\``,
      payload: isFromClient(type) ? schemas.received(schema) : schemas.sent(schema),
      examples: [{ payload: Object.entries(examples).find(([name]) => name === type)?.[1] }],
    },
  ]);
  return {
    channels: {
      [CHANNEL]: {
        address: "/terminal",
        title: "Terminal",
        description: `Each connection has its own CLI process. Frames are raw text, or JSON with the subprotocol \`${TERMINAL_SUBPROTOCOL}\`. The policy must allow \`kiro.cli.chat\` and \`kiro.cli.terminal\`.`,
        servers: [{ $ref: "#/servers/socket" }],
        messages: {
          rawInput: rawText("rawInput", "What is typed, without the subprotocol", schemas.received(text, "RawInput")),
          rawOutput: rawText("rawOutput", "Output, without the subprotocol", schemas.sent(text, "RawOutput")),
          ...Object.fromEntries(frames),
        },
        bindings: {
          ws: { method: "GET", query: schemas.received(placeQuerySchema, "TerminalQuery"), bindingVersion: "0.1.0" },
        },
      },
    },
    operations: {
      typeInTerminal: {
        action: "receive",
        channel: channelRef(CHANNEL),
        title: "Terminal input",
        summary: "Send input to the CLI",
        "x-required-scope": "terminal:open",
        messages: messageRefs(CHANNEL, ["rawInput", "input"]),
      },
      readTerminal: {
        action: "send",
        channel: channelRef(CHANNEL),
        title: "Terminal output",
        summary: "Receive the output of the CLI, and its end",
        "x-required-scope": "terminal:open",
        messages: messageRefs(CHANNEL, ["rawOutput", "branch", "output", "exit"]),
      },
    },
  };
}

function rawText(name: string, summary: string, payload: object): object {
  return { name, title: name, summary, contentType: "text/plain", payload, examples: [{ payload: "Hello" }] };
}
