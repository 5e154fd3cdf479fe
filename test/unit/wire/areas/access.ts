import type { Area } from "../area.ts";
import type { Wire } from "../wire.ts";

const STATUS = "GET /api/kiro/status?fields=status";
const EXECUTE = "POST /api/kiro/execute";
const PAGE = "https://allowed.example";

/** Who is let in with a token. */
export const access: Area = {
  name: "access",
  options: { guards: { allowedOrigins: [PAGE], allowedHosts: ["bridge.test"] } },
  play: async (wire) => {
    await tokens(wire);
    await sources(wire);
    await tickets(wire);
    await disconnects(wire);
  },
};

/** Who is let in while no token is asked for. */
export const openAccess: Area = {
  name: "openAccess",
  options: { guards: { authMode: "none", allowedOrigins: [PAGE] } },
  play: async (wire) => {
    await wire.call("no token", STATUS, { isStranger: true });
    await wire.call("a wrong token", STATUS, { isStranger: true, headers: { Authorization: "Bearer wrong" } });
    await wire.call("a command without a token", EXECUTE, { isStranger: true, body: { command: "test.echo" } });
    await wire.call("a foreign origin", STATUS, { isStranger: true, headers: { Origin: "https://evil.example" } });
    await wire.call("an allowed origin", STATUS, { isStranger: true, headers: { Origin: PAGE } });
    await wire.call("a foreign host", STATUS, { isStranger: true, headers: { Host: "evil.example" } });
    const socket = await wire.socket({ headers: {} });
    await socket.ask("a socket without a token", "execute", { request: { command: "test.echo", args: ["hi"] } });
  },
};

async function tokens(wire: Wire): Promise<void> {
  const { token } = wire.bridge;
  const schemes = [
    undefined,
    "",
    "Bearer",
    "Bearer wrong",
    `bearer ${token}`,
    `Basic ${token}`,
    token,
    `Bearer  ${token} `,
  ];
  for (const [at, Authorization] of schemes.entries())
    await wire.call(`Authorization ${at}: ${Authorization?.replace(token, "<token>")}`, STATUS, {
      isStranger: true,
      headers: Authorization === undefined ? {} : { Authorization },
    });
  await wire.call("a command without a token", EXECUTE, { isStranger: true, body: { command: "test.echo" } });
  await wire.call("a chat without a token", "POST /kiro/chat", { isStranger: true, body: { prompt: "Hello" } });
  await wire.call("an unknown path without a token", "GET /nothing", { isStranger: true });
  await wire.call("a token in the query", `${STATUS}&token=${token}`, { isStranger: true });
  await wire.raw(
    "two tokens",
    `GET /api/kiro/status HTTP/1.1\r\nHost: <host>\r\nAuthorization: Bearer <token>\r\nAuthorization: Bearer <token>\r\nConnection: close\r\n\r\n`,
  );
  for (const path of ["/", "/health", "/docs", "/openapi.json", "/docs/init.js"])
    await wire.call(`no token is needed for ${path}`, `GET ${path}`, { isStranger: true });
}

async function sources(wire: Wire): Promise<void> {
  const preflight = { "Access-Control-Request-Method": "POST" };
  await wire.call("a foreign host", STATUS, { headers: { Host: "evil.example" } });
  await wire.call("a foreign host for a page", "GET /health", { headers: { Host: "evil.example" } });
  await wire.call("a foreign host for a command", EXECUTE, {
    body: { command: "test.echo" },
    headers: { Host: "evil" },
  });
  await wire.call("an allowed host", STATUS, { headers: { Host: "bridge.test:80" } });
  await wire.call("localhost", STATUS, { headers: { Host: `localhost:${wire.bridge.port}` } });
  await wire.raw("two hosts", "GET /health HTTP/1.1\r\nHost: <host>\r\nHost: <host>\r\nConnection: close\r\n\r\n");
  await wire.call("a foreign origin", STATUS, { headers: { Origin: "https://evil.example" } });
  await wire.call("the origin null", STATUS, { headers: { Origin: "null" } });
  await wire.call("an allowed origin", STATUS, { headers: { Origin: PAGE } });
  await wire.call("an allowed origin of a command", EXECUTE, {
    body: { command: "test.echo" },
    headers: { Origin: PAGE },
  });
  await wire.call("an allowed origin without a token", STATUS, { isStranger: true, headers: { Origin: PAGE } });
  await wire.call("a foreign site", STATUS, { headers: { "Sec-Fetch-Site": "cross-site" } });
  await wire.call("no site", STATUS, { headers: { "Sec-Fetch-Site": "none" } });
  await wire.call("a preflight", "OPTIONS /api/kiro/execute", {
    isStranger: true,
    headers: { Origin: PAGE, ...preflight, "Access-Control-Request-Private-Network": "true" },
  });
  await wire.call("a foreign preflight", "OPTIONS /api/kiro/execute", {
    isStranger: true,
    headers: { Origin: "https://evil.example", ...preflight },
  });
}

async function tickets(wire: Wire): Promise<void> {
  const issue = async (name: string): Promise<string> =>
    String((await wire.call(name, "POST /api/kiro/tickets", { body: {} })).json["ticket"]);
  const first = await issue("a ticket");
  await wire.call("a ticket without a body", "POST /api/kiro/tickets");
  await wire.call("a ticket with a field", "POST /api/kiro/tickets", { body: { nonsense: 1 } });
  await wire.call("a ticket without a token", "POST /api/kiro/tickets", { isStranger: true, body: {} });
  await wire.call("a ticket for a command", `${EXECUTE}?ticket=${first}`, {
    isStranger: true,
    body: { command: "test.echo" },
  });
  const socket = await wire.socket({ path: `/ws?ticket=${first}`, headers: {} });
  await socket.events("a socket with a ticket", ({ type }) => type === "connection-ready");
  await wire.refusedUpgrade("a socket with a used ticket", `/ws?ticket=${first}`, []);
  const second = await issue("another ticket");
  const stream = await wire.follow("a stream with a ticket", `/api/kiro/events?ticket=${second}`, { isStranger: true });
  await stream.until(/event: connection-ready/);
  await wire.call("a stream with a used ticket", `GET /api/kiro/events?ticket=${second}`, { isStranger: true });
  await wire.call("a stream with an unknown ticket", "GET /api/kiro/events?ticket=nonsense", { isStranger: true });
}

async function disconnects(wire: Wire): Promise<void> {
  await wire.refusedUpgrade("a socket without a token", "/ws", []);
  await wire.refusedUpgrade("a socket with a wrong token", "/ws", ["Authorization: Bearer wrong"]);
  await wire.refusedUpgrade("a socket of a foreign origin", "/ws", [
    "Authorization: Bearer <token>",
    "Origin: https://evil.example",
  ]);
  await wire.refusedUpgrade("a socket at another path", "/nothing");
  await wire.refusedUpgrade("a socket with an unknown parameter", "/ws?nonsense=1");
  const protocols = ["kiro-bridge", `bearer.${wire.bridge.token}`];
  const browser = await wire.socket({ headers: {}, protocols });
  await browser.ask("a socket with the token as a subprotocol", "status");
  const one = await wire.socket();
  wire.bridge.disconnectClients();
  await one.closed("a socket that the user disconnects");
  const other = await wire.socket();
  wire.bridge.rotateToken("another-token-0123456789-abcdefghijklmnop");
  await other.closed("a socket whose token is replaced");
  await wire.call("the old token", STATUS);
}
