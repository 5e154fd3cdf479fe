import { hash } from "node:crypto";
import { canonicalJson } from "../../base/canonicalJson.ts";
import { noEvent } from "../../base/events.ts";
import type { Logger } from "../../base/logger.ts";
import type { ApprovalRequest } from "../../plugins/hub/hosting/approvals.ts";
import type { PluginPorts } from "../../plugins/hub/hosting/windowPlugins.ts";

const DIGEST_LENGTH = 16;

/**
 * Lets those plugins run that the operator has named with what they are: their folder, version, command line and
 * permissions. Nobody is asked, so any other plugin is logged, and not started.
 */
export function pluginPorts(allowed: readonly string[], logger: Logger): PluginPorts {
  // The list is the memory: a plugin that is taken off it does not start again.
  const approvals = new Map<string, unknown>();
  return {
    approvals: {
      get: (key) => approvals.get(key),
      set: async (key, value) => void approvals.set(key, value),
    },
    ask: (request) => {
      const approval = approvalOf(request);
      if (allowed.includes(approval)) return Promise.resolve("allow");
      const { name, version, folder, commandLine, isChanged } = request;
      const option = `--allow-plugin ${approval}`;
      logger.warn("A plugin wants to run, and is not allowed", {
        name,
        version,
        folder,
        commandLine,
        isChanged,
        option,
      });
      return Promise.resolve("not-now");
    },
    failed: ({ name, detail }) => {
      logger.error("A plugin is not restarted any more", { name, detail });
      return Promise.resolve(false);
    },
    report: ({ folder, message }) => logger.warn("A plugin is not used", { folder, reason: message }),
    workspaceFolders: () => [],
    onDidChangeFolders: noEvent,
  };
}

/** Returns the text with which the operator allows a plugin: its name, and a digest of what it runs and may do. */
function approvalOf(request: ApprovalRequest): string {
  // Whether another form of it was allowed before does not change what it is.
  const plugin = { ...request, isChanged: false };
  return `${plugin.name}@${hash("sha256", canonicalJson(plugin), "hex").slice(0, DIGEST_LENGTH)}`;
}
