import { homedir } from "node:os";
import { join } from "node:path";
import { AccessFile } from "../../../access/accessFile.ts";
import type { AccessStore } from "../../../access/accessStore.ts";
import { type Disposable, DisposableStore } from "../../../base/disposables.ts";
import type { Event } from "../../../base/events.ts";
import type { Logger } from "../../../base/logger.ts";
import type { AuditSink } from "../../../core/access/audit.ts";
import { editorUser } from "../../../core/access/principal.ts";
import { OrphanGuard } from "../../../core/childProcesses/orphanGuard.ts";
import { PluginSearch } from "../finding/pluginSearch.ts";
import { PluginWatch } from "../finding/pluginWatch.ts";
import type { PluginDirectory, PluginRecord } from "../pluginDirectory.ts";
import { type ApprovalAnswer, type ApprovalRequest, type ApprovalStore, Approvals } from "./approvals.ts";
import type { OwnPlugins } from "./ownPlugins.ts";
import { PluginClaims } from "./pluginClaims.ts";
import { grantPlugin } from "./pluginGrants.ts";
import { PluginHost } from "./pluginHost.ts";
import type { PluginProblem } from "./pluginProblems.ts";

/** The user, as the plugins of a window ask. */
export interface PluginPorts {
  readonly approvals: ApprovalStore;
  ask(request: ApprovalRequest): Promise<ApprovalAnswer>;
  /** Tells that a plugin has crashed too often. @returns true if the user wants it to start again */
  failed(record: PluginRecord): Promise<boolean>;
  /** Tells why a plugin is not used. */
  report(problem: PluginProblem): void;
  /** Returns the paths of the folders of the workspace; none while it is not trusted. */
  workspaceFolders(): readonly string[];
  /** Fires when these have changed. */
  readonly onDidChangeFolders: Event<unknown>;
}

export interface WindowPluginsDeps {
  readonly ports: PluginPorts;
  readonly windowId: string;
  readonly discoveryFolder: string;
  /** The clients that were let in, shared by all windows. */
  readonly clients: Pick<AccessStore, "create" | "revoke">;
  /** Returns the URL of the address, where all windows have one bus. */
  readonly url: () => string;
  /** Returns the folders of the setting. */
  readonly folders: () => readonly string[];
  readonly audit: AuditSink;
  readonly logger: Logger;
}

/** The plugins of one window, and its view of those of all windows. */
export interface WindowPlugins extends Disposable {
  readonly host: PluginHost;
  readonly directory: PluginDirectory;
  dispose(): Promise<void>;
}

/**
 * Composes the plugins of a window, and starts them.
 * @param own follows them while they are open
 */
export function openWindowPlugins(
  deps: WindowPluginsDeps,
  { own, directory }: { readonly own: OwnPlugins; readonly directory: PluginDirectory },
): WindowPlugins {
  const { ports, windowId, discoveryFolder, clients, logger } = deps;
  const store = new DisposableStore();
  const guard = store.add(new OrphanGuard(discoveryFolder, logger));
  const claims = new PluginClaims({
    storage: new AccessFile(discoveryFolder, logger, "plugins.json"),
    windowId,
    revoke: (id) => clients.revoke(id, editorUser),
    logger,
  });
  const search = new PluginSearch({
    userFolder: join(discoveryFolder, "plugins"),
    configured: () => deps.folders().map(expandHome),
    workspace: () => ports.workspaceFolders(),
  });
  const host = new PluginHost({
    watch: new PluginWatch({ search, logger }),
    claims,
    approvals: new Approvals(ports.approvals),
    ask: (request) => ports.ask(request),
    windowId,
    guard,
    grant: (name, scopes) => grantPlugin({ store: clients, claims }, name, scopes),
    url: deps.url,
    discoveryFolder,
    audit: deps.audit,
    logger,
  });
  store.add(host);
  store.add(ports.onDidChangeFolders(() => host.look()));
  host.problems.onDidAdd((problem) => ports.report(problem));
  tellFailures(host, ports);
  own.follow(host);
  store.defer(() => own.follow(undefined));
  return { host, directory, dispose: () => store.dispose() };
}

/** Tells each failure of a plugin once, until it has started again. */
function tellFailures(host: PluginHost, ports: PluginPorts): void {
  let told: ReadonlySet<string> = new Set();
  host.onDidChange(() => {
    const failed = host.records().filter(({ state }) => state === "failed");
    const before = told;
    told = new Set(failed.map(({ name }) => name));
    for (const record of failed) {
      if (before.has(record.name)) continue;
      void ports.failed(record).then(async (isWanted) => {
        if (isWanted) await host.start(record.name).catch(() => undefined);
      });
    }
  });
}

function expandHome(path: string): string {
  return path === "~" || /^~[\\/]/.test(path) ? join(homedir(), path.slice(1)) : path;
}
