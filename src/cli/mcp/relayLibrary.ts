/** The relay of MCP. Built as a bundle of its own, `mcpRelay.mjs`, with the SDK of MCP, which no other command reads. */
export { McpRelay } from "./relay.ts";
