import type { Clock } from "../../../base/clock.ts";
import { type Disposable, DisposableStore } from "../../../base/disposables.ts";
import type { Logger } from "../../../base/logger.ts";
import { eventsFor } from "../../../channel/visibleEvents.ts";
import type { Principal } from "../../../core/access/principal.ts";
import { activePrincipalOf } from "../../../server/guards/principals.ts";
import type { Answer } from "../../../server/http/answers.ts";
import { readJson } from "../../../server/http/jsonBody.ts";
import type { ServerContext as BridgeContext } from "../../../server/serverModule.ts";
import type { GatewayRequest } from "../../door/operations.ts";
import type { GatewaySettings } from "../../door/settings.ts";
import { incomingOf } from "../endpoint/exchange.ts";
import { type EndpointLimits, McpEndpoint } from "../endpoint/mcpEndpoint.ts";
import { ResourceChanges } from "../resources/resourceChanges.ts";
import { Resources } from "../resources/resources.ts";
import { bridgeTools } from "../../../tools/table/bridgeTools.ts";
import { type BridgeServerDeps, BridgeServers } from "./bridgeServer.ts";
import { Questions } from "./questions.ts";

/** Of one principal, whose programs share them. Sessions and streams are connections as well, which have limits of their own. */
const LIMITS: EndpointLimits = { maxRequests: 256, maxSessions: 64, maxSubscriptions: 32 };

export interface McpGatewayDeps {
  readonly server: Pick<BridgeContext, "core" | "clients" | "placement" | "limits" | "version">;
  readonly settings: () => GatewaySettings;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The endpoint of one principal, with what it is notified of. */
interface Peer {
  readonly principal: Principal;
  readonly endpoint: McpEndpoint;
  readonly changes: ResourceChanges;
}

/** MCP for programs, at `/mcp`: each principal has an endpoint of its own, so that their sessions never meet. */
export class McpGateway implements Disposable {
  readonly #deps: McpGatewayDeps;
  readonly #servers: BridgeServerDeps;
  readonly #peers = new Map<string, Peer>();
  readonly #store = new DisposableStore();

  constructor(deps: McpGatewayDeps) {
    this.#deps = deps;
    this.#servers = serverDepsOf(deps);
    const { core, placement } = deps.server;
    // Fires also when settings were applied.
    this.#store.add(core.catalog.onDidChange(() => this.#applySettings()));
    this.#store.add(placement.onDidChangeWindows(() => this.#refreshTools()));
  }

  /** @throws BridgeError as `readJson` and `McpEndpoint.serve` do */
  async serve(request: GatewayRequest, response: Answer): Promise<void> {
    const { maxBodyBytes } = this.#deps.server.limits;
    const body = request.method === "POST" ? await readJson(request, maxBodyBytes) : undefined;
    const principal = activePrincipalOf(request);
    const peer = this.#peerOf(principal);
    try {
      await peer.endpoint.serve(request, response, body);
    } finally {
      if (peer.endpoint.isIdle && this.#peers.get(principal.id) === peer) {
        this.#peers.delete(principal.id);
        await peer.endpoint.dispose();
      }
    }
  }

  async dispose(): Promise<void> {
    await this.#store.dispose();
    await this.#endAll();
  }

  async #endAll(): Promise<void> {
    const peers = [...this.#peers.values()];
    this.#peers.clear();
    await Promise.all(peers.map(({ endpoint }) => endpoint.dispose()));
  }

  /** Ends what is open if the user has switched the gateway off. */
  #applySettings(): void {
    if (!this.#deps.settings()["gateways.mcp.enabled"]) void this.#endAll();
    this.#refreshTools();
  }

  /** Notifies clients of pinned commands that have changed, and of tools that came or went with an editor. */
  #refreshTools(): void {
    if (!this.#servers.tools.refresh()) return;
    for (const { changes } of this.#peers.values()) changes.publish({ kind: "tools_list_changed" });
  }

  #peerOf(principal: Principal): Peer {
    const known = this.#peers.get(principal.id);
    // A client with another grant than before is another principal with the same ID.
    if (known?.principal.isActive === true) return known;
    void known?.endpoint.dispose();
    const { server, clock, logger } = this.#deps;
    const changes = new ResourceChanges(eventsFor(server.core.events, principal), clock);
    const servers = new BridgeServers(this.#servers, changes);
    const endpoint = new McpEndpoint({
      clock,
      logger,
      limits: LIMITS,
      bus: changes,
      create: (generation) => servers.create(generation),
      opened: (request, close) => server.clients.connect("sse", request, close),
    });
    const peer = { principal, endpoint, changes };
    this.#peers.set(principal.id, peer);
    return peer;
  }
}

/** Makes the tools and resources, which all clients share. */
function serverDepsOf({ server, settings, clock, logger }: McpGatewayDeps): BridgeServerDeps {
  const { core, placement, version } = server;
  const pinnedCommands = () => settings()["mcp.pinnedCommands"];
  const hasEditor = () => core.status.hasEditor || placement.hasOtherEditor;
  const { table, runs } = bridgeTools({ core, placement, hasEditor, pinnedCommands, clock });
  const questions = new Questions(runs, (context) => activePrincipalOf(incomingOf(context.http?.req)).id);
  const resources = new Resources({ core, runs });
  return { tools: table, resources, questions, placement, clock, logger, version };
}
