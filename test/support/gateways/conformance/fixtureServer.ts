import { randomBytes } from "node:crypto";
import {
  completable,
  createRequestStateCodec,
  McpServer,
  ResourceTemplate,
  type Server,
} from "@modelcontextprotocol/server";
import * as z from "zod";
import { about, addInputTools } from "./inputTools.ts";
import { addSchemaTool } from "./schemaTool.ts";

/** A red pixel. */
const PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==";
/** No sample of sound. */
const WAV = "UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAEAfAAABAAgAZGF0YQAAAAA=";

const codec = createRequestStateCodec({ key: randomBytes(32) });

/** The tools, resources and prompts by which the conformance suites exercise a server; their texts are prescribed. */
export function createFixtureServer(): Server {
  const server = new McpServer(
    { name: "fixtures", version: "1.0.0" },
    {
      capabilities: { logging: {}, completions: {}, resources: { subscribe: true } },
      requestState: { verify: (state, context) => codec.verify(state, context) },
    },
  );
  addContentTools(server);
  addStepTools(server);
  addInputTools(server, codec);
  addSchemaTool(server);
  addResources(server);
  addPrompts(server);
  server.server.setRequestHandler("resources/subscribe", () => ({}));
  server.server.setRequestHandler("resources/unsubscribe", () => ({}));
  return server.server;
}

function addContentTools(server: McpServer): void {
  const image = { type: "image", data: PNG, mimeType: "image/png" } as const;
  server.registerTool("test_simple_text", about, () => textOf("This is a simple text response for testing."));
  server.registerTool("test_image_content", about, () => ({ content: [image] }));
  server.registerTool("test_audio_content", about, () => ({
    content: [{ type: "audio", data: WAV, mimeType: "audio/wav" }],
  }));
  const embedded = {
    uri: "test://embedded-resource",
    mimeType: "text/plain",
    text: "This is an embedded resource content.",
  };
  server.registerTool("test_embedded_resource", about, () => ({ content: [{ type: "resource", resource: embedded }] }));
  const mixed = {
    uri: "test://mixed-content-resource",
    mimeType: "application/json",
    text: '{"test":"data","value":123}',
  };
  server.registerTool("test_multiple_content_types", about, () => ({
    content: [{ type: "text", text: "Multiple content types test:" }, image, { type: "resource", resource: mixed }],
  }));
  server.registerTool("test_error_handling", about, () => {
    throw new Error("This tool intentionally returns an error for testing");
  });
}

/** Tools that send messages before their result. */
function addStepTools(server: McpServer): void {
  server.registerTool("test_tool_with_logging", about, async ({ mcpReq }) => {
    for (const step of ["Tool execution started", "Tool processing data", "Tool execution completed"])
      await mcpReq.log("info", step);
    return textOf("done");
  });
  server.registerTool("test_logging_tool", about, async ({ mcpReq }) => {
    await mcpReq.log("info", "logged");
    return textOf("done");
  });
  server.registerTool("test_tool_with_progress", about, async ({ mcpReq }) => {
    const progressToken = mcpReq._meta?.progressToken;
    for (const progress of progressToken === undefined ? [] : [0, 50, 100])
      await mcpReq.notify({ method: "notifications/progress", params: { progressToken, progress, total: 100 } });
    return textOf("done");
  });
}

function addResources(server: McpServer): void {
  const plain = { mimeType: "text/plain" };
  server.registerResource("static-text", "test://static-text", plain, ({ href: uri }) => ({
    contents: [{ uri, ...plain, text: "This is the content of the static text resource." }],
  }));
  server.registerResource("static-binary", "test://static-binary", { mimeType: "image/png" }, ({ href: uri }) => ({
    contents: [{ uri, mimeType: "image/png", blob: PNG }],
  }));
  const template = new ResourceTemplate("test://template/{id}/data", { list: undefined });
  server.registerResource("template", template, { mimeType: "application/json" }, ({ href: uri }, { id }) => ({
    contents: [
      {
        uri,
        mimeType: "application/json",
        text: JSON.stringify({ id, templateTest: true, data: `Data for ID: ${String(id)}` }),
      },
    ],
  }));
}

function addPrompts(server: McpServer): void {
  const said = (text: string) => ({ role: "user", content: { type: "text", text } }) as const;
  server.registerPrompt("test_simple_prompt", about, () => ({
    messages: [said("This is a simple prompt for testing.")],
  }));
  const argument = completable(z.string(), () => ["paris", "park", "party"]);
  server.registerPrompt(
    "test_prompt_with_arguments",
    { ...about, argsSchema: z.object({ arg1: argument, arg2: z.string() }) },
    ({ arg1, arg2 }) => ({ messages: [said(`Prompt with arguments: arg1='${arg1}', arg2='${arg2}'`)] }),
  );
  server.registerPrompt(
    "test_prompt_with_embedded_resource",
    { ...about, argsSchema: z.object({ resourceUri: z.string() }) },
    ({ resourceUri: uri }) => {
      const resource = { uri, mimeType: "text/plain", text: "Embedded resource content for testing." };
      const message = { role: "user", content: { type: "resource", resource } } as const;
      return { messages: [message, said("Please process the embedded resource above.")] };
    },
  );
  server.registerPrompt("test_prompt_with_image", about, () => ({
    messages: [
      { role: "user", content: { type: "image", data: PNG, mimeType: "image/png" } },
      said("Please analyze the image above."),
    ],
  }));
}

function textOf(text: string) {
  return { content: [{ type: "text" as const, text }] };
}
