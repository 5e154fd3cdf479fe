import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { Clock } from "../../../base/clock.ts";
import type { Logger } from "../../../base/logger.ts";
import type { Principal } from "../../../core/access/principal.ts";
import { ScopeSet } from "../../../core/access/scopes.ts";
import { BridgeError } from "../../../protocol/errors.ts";
import { LENT_PATH } from "../../../server/guards/exempt.ts";
import { admitAs } from "../../../server/guards/principals.ts";
import type { Answer } from "../../../server/http/answers.ts";
import { readJson, tooLarge } from "../../../server/http/jsonBody.ts";
import type { Placement } from "../../../server/windows/placement.ts";
import type { GatewayRequest } from "../../door/operations.ts";
import type { LentServer, LentServerOptions, LentServers as Port } from "../../turns/lending.ts";
import { type EndpointLimits, McpEndpoint } from "../endpoint/mcpEndpoint.ts";
import { LentTools } from "./lentTools.ts";

/** Not `Authorization`, which stays in the window that has received the request. */
const TOKEN_HEADER = "x-kiro-lent-token";
/** An agent has one session, one open stream, and its calls. */
const LIMITS: EndpointLimits = { maxRequests: 96, maxSessions: 4, maxSubscriptions: 4 };

export interface LentServersDeps {
  readonly placement: Placement;
  /** The base URL at which this window is reached now, without a trailing slash. */
  readonly url: () => string;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface LentServersOptions {
  readonly windowId: string;
  readonly version: string;
  readonly maxBodyBytes: number;
}

/** A lent server that is open. */
interface Open {
  readonly endpoint: McpEndpoint;
  readonly tokenHash: Buffer;
}

/** The agents of the sessions, which have tokens of their own and may do nothing else. */
const agent: Principal = {
  id: "lent-tools",
  name: "An agent that calls the tools of a client",
  kind: "client",
  scopes: new ScopeSet([]),
  limits: {},
  isActive: true,
};

/** The MCP servers by which the agents of this window call the tools of clients, each at a path of its own. */
export class LentServers implements Port {
  readonly #deps: LentServersDeps;
  readonly #options: LentServersOptions;
  readonly #open = new Map<string, Open>();

  constructor(deps: LentServersDeps, options: LentServersOptions) {
    this.#deps = deps;
    this.#options = options;
  }

  async open(lent: LentServerOptions): Promise<LentServer> {
    const { clock, logger, url } = this.#deps;
    const { version, windowId } = this.#options;
    const tools = new LentTools(lent, clock, version);
    const id = randomBytes(16).toString("hex");
    const token = randomBytes(32).toString("base64url");
    const endpoint = new McpEndpoint({
      clock,
      logger,
      limits: LIMITS,
      create: () => tools.createServer(),
      responseMode: "sse",
    });
    this.#open.set(id, { endpoint, tokenHash: hashOf(token) });
    return {
      url: `${url()}${LENT_PATH}/${encodeURIComponent(windowId)}/${id}`,
      headers: { [TOKEN_HEADER]: token },
      dispose: async () => {
        this.#open.delete(id);
        await endpoint.dispose();
      },
    };
  }

  /**
   * Responds to a request of an agent. The token is checked in the window that has made it.
   * @throws BridgeError NOT_FOUND, also for a wrong token; errors of `Placement`, `readJson` and `McpEndpoint.serve`
   */
  async serve(request: GatewayRequest, response: Answer): Promise<void> {
    const { placement } = this.#deps;
    const { maxBodyBytes } = this.#options;
    // Nobody has checked a token yet, and the body of a request for another window is passed on.
    if (Number(request.headers["content-length"]) > maxBodyBytes) throw tooLarge(maxBodyBytes);
    const destination = await placement.destinationOf(request, { windowId: request.params["windowId"] ?? "" });
    if (destination.kind === "window") {
      admitAs(request, agent);
      return placement.forward(request, response, destination.window);
    }
    const open = this.#open.get(request.params["id"] ?? "");
    const token = request.headers[TOKEN_HEADER];
    if (open === undefined || typeof token !== "string" || !timingSafeEqual(hashOf(token), open.tokenHash))
      throw new BridgeError("NOT_FOUND", "There is no MCP server with this path and token.");
    const body = request.method === "POST" ? await readJson(request, maxBodyBytes) : undefined;
    await open.endpoint.serve(request, response, body);
  }

  async dispose(): Promise<void> {
    const open = [...this.#open.values()];
    this.#open.clear();
    await Promise.all(open.map(({ endpoint }) => endpoint.dispose()));
  }
}

function hashOf(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}
