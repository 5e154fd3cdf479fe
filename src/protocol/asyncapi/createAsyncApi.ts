import { busChannels } from "./busChannel.ts";
import { MessageSchemas } from "./messageSchemas.ts";
import { socketChannel } from "./socketChannel.ts";
import { chatStream, eventStreams } from "./streamChannels.ts";
import { terminalChannel } from "./terminalChannel.ts";

const security = [{ $ref: "#/components/securitySchemes/token" }, { $ref: "#/components/securitySchemes/ticket" }];
const DEFAULT_HOST = "127.0.0.1:3001";

/**
 * Derives the AsyncAPI 3 document of everything that the bridge sends without being asked for each message: WebSockets
 * and event streams. It describes the bridge, which receives requests and sends events. Runs at build time
 * (scripts/openapi.mjs) and is not part of the bundle.
 */
export function createAsyncApi(version: string): object {
  const schemas = new MessageSchemas();
  const parts = [socketChannel, eventStreams, chatStream, terminalChannel, busChannels].map((part) => part(schemas));
  return {
    asyncapi: "3.0.0",
    info: {
      title: "Kiro Bridge events",
      version,
      description:
        "The WebSockets and event streams of Kiro Bridge; `/openapi.json` has its requests. The address and the token are in `bridge.json` in the `.kiro-bridge` folder of your home directory. `x-required-scope` is the scope that an operation needs, or a list of which one suffices.",
      license: { name: "MIT", url: "https://opensource.org/license/mit" },
    },
    defaultContentType: "application/json",
    servers: {
      socket: {
        host: DEFAULT_HOST,
        protocol: "ws",
        description: "The default address; bridge.json has the current one.",
        security,
      },
      http: { host: DEFAULT_HOST, protocol: "http", description: "The same address.", security },
    },
    channels: Object.assign({}, ...parts.map(({ channels }) => channels)),
    operations: Object.assign({}, ...parts.map(({ operations }) => operations)),
    components: {
      schemas: schemas.toComponents(),
      securitySchemes: {
        token: {
          type: "http",
          scheme: "bearer",
          description:
            "The token from bridge.json. A WebSocket client may offer it as the subprotocol `bearer.<token>` instead, after `kiro-bridge`.",
        },
        ticket: {
          type: "httpApiKey",
          name: "ticket",
          in: "query",
          description: "A ticket of `POST /api/kiro/tickets`, which is valid once. Not for `/kiro/chat`.",
        },
      },
    },
  };
}
