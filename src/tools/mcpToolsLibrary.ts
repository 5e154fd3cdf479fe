// The bundle dist/mcpTools.cjs, read when the MCP servers of the user are needed first.
import { EditorServer } from "./mcpServers/editorServer.ts";
import { JoinedServers } from "./mcpServers/joinedServers.ts";
import type { McpServerDeps } from "./mcpServers/mcpServer.ts";
import { McpServers, type McpServersSettings } from "./mcpServers/mcpServers.ts";
import { type EditorMcpTools, noToolServers, type ToolServers } from "./servers/toolServers.ts";

export interface ToolServersPorts extends McpServerDeps {
  /** The servers of the setting, which may change at any time. */
  readonly configured: () => McpServersSettings;
  /** Undefined if the editor has none. */
  readonly editorTools: EditorMcpTools | undefined;
  /** Returns false if the tools of the editor are not used now. */
  readonly usesEditorTools: () => boolean;
}

/** Composes the MCP servers of the setting with those of the editor. */
export function composeToolServers({
  configured,
  editorTools,
  usesEditorTools,
  ...deps
}: ToolServersPorts): ToolServers {
  const servers = new McpServers(configured, deps);
  const editor = editorTools === undefined ? noToolServers : new EditorServer(editorTools, usesEditorTools);
  return new JoinedServers(servers, editor);
}
