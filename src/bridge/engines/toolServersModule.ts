import { homedir } from "node:os";
import type { Logger } from "../../base/logger.ts";
import { OrphanGuard } from "../../core/childProcesses/orphanGuard.ts";
import type { AgentSettings } from "../../core/models/agentSettings.ts";
import type { WindowPort } from "../../core/ports.ts";
import { LateToolServers } from "../../tools/servers/lateToolServers.ts";
import type { EditorMcpTools, ToolServers } from "../../tools/servers/toolServers.ts";
import { ToolsTarget } from "../../tools/servers/toolsTarget.ts";
import type { BridgeModule } from "../bridgeModule.ts";

export interface ToolServersDeps {
  /** The settings, which may change at any time. */
  readonly settings: () => AgentSettings;
  readonly window: Pick<WindowPort, "describe"> & { readonly isTrusted: boolean };
  /** Those of the editor. */
  readonly editorTools?: EditorMcpTools;
  /** The folder in which running servers are recorded, so that the next bridge can end them after a crash. */
  readonly discoveryFolder: string;
  readonly logger: Logger;
  readonly version: string;
}

export interface ToolServersModule extends BridgeModule {
  readonly servers: ToolServers;
}

/** The MCP servers of the user. Thin, because what speaks with them is a bundle of its own, read on first use. */
export function toolServersModule(deps: ToolServersDeps): ToolServersModule {
  const { settings, window, editorTools, discoveryFolder, logger, version } = deps;
  const isTrusted = (): boolean => window.isTrusted;
  const guard = new OrphanGuard(discoveryFolder, logger);
  const configured = (): AgentSettings["agents.mcpServers"] => (isTrusted() ? settings()["agents.mcpServers"] : {});
  const usesEditorTools = (): boolean => isTrusted() && settings()["agents.editorTools"];
  const load = async (): Promise<ToolServers> => {
    const { composeToolServers } = await import("../../tools/mcpToolsLibrary.ts");
    const cwd = window.describe().workspaceFolders[0] ?? homedir();
    return composeToolServers({ configured, editorTools, usesEditorTools, cwd, guard, logger, version });
  };
  const hasSome = (): boolean =>
    Object.keys(configured()).length > 0 || (usesEditorTools() && (editorTools?.list() ?? []).length > 0);
  const servers = new LateToolServers(load, hasSome);
  return {
    servers,
    targets: [new ToolsTarget(servers, isTrusted)],
    dispose: async () => {
      await servers.dispose();
      await guard.dispose();
    },
  };
}
