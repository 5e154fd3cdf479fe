// The bundle dist/mcpTools.cjs, read when the MCP servers of the user are needed first.
export { McpServers } from "./mcpServers/mcpServers.ts";
