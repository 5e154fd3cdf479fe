import type * as vscode from "vscode";
import type { EditorMcpTool } from "../../tools/servers/toolServers.ts";

/**
 * The editor names the tools of MCP servers after the label of their server; those of extensions have other names.
 * Our own are left out, also of a server that the user has added: with them, a model would call the bridge from outside.
 */
const MCP_TOOL = /^mcp_(?!kiro[_-]?bridge)/i;

/** Returns the tools of the MCP servers that the editor runs, except our own; none in editors without tools. */
export function editorMcpTools(lm: Partial<Pick<typeof vscode.lm, "tools">> | undefined): readonly EditorMcpTool[] {
  return (lm?.tools ?? []).filter(({ name }) => MCP_TOOL.test(name));
}
