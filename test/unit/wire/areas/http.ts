import type { Area } from "../area.ts";
import type { Wire } from "../wire.ts";

const JSON_HEAD =
  "Host: <host>\r\nAuthorization: Bearer <token>\r\nContent-Type: application/json\r\nConnection: close\r\n";

/** What every route has in common, and the pages. */
export const http: Area = {
  name: "http",
  options: { limits: { maxBodyBytes: 2000 }, listen: { receiveTimeoutMs: 300 } },
  play: async (wire) => {
    await methods(wire);
    await bodies(wire);
    await pages(wire);
    await status(wire);
    await commands(wire);
    await policy(wire);
    await wire.call("metrics", "GET /metrics");
    wire.bridge.breakStatus();
    await wire.call("a defect", "GET /api/kiro/status");
    await wire.call("health in spite of it", "GET /health");
  },
};

async function methods(wire: Wire): Promise<void> {
  const routes = {
    "/api/kiro/execute": "GET",
    "/api/kiro/executions": "POST",
    "/api/kiro/executions/x": "DELETE",
    "/api/kiro/executions/x/events": "POST",
    "/api/kiro/executions/x/cancel": "GET",
    "/api/kiro/input": "GET",
    "/api/kiro/policy/check": "PUT",
    "/api/kiro/events": "POST",
    "/api/kiro/tickets": "GET",
    "/metrics": "POST",
    "/api/kiro/status": "POST",
    "/api/kiro/commands": "DELETE",
    "/health": "POST",
    "/": "POST",
    "/openapi.json": "PATCH",
    "/docs": "POST",
    "/docs/init.js": "POST",
    "/dashboard": "POST",
    "/dashboard/dashboard.js": "POST",
    "/kiro/chat": "GET",
    "/kiro/sessions": "POST",
    "/kiro/sessions/x": "GET",
  };
  for (const [path, method] of Object.entries(routes)) {
    await wire.call(`another method: ${method} ${path}`, `${method} ${path}`);
    await wire.call(`OPTIONS ${path}`, `OPTIONS ${path}`);
  }
  await wire.call("an unknown path", "GET /nothing");
  await wire.call("another case", "GET /API/kiro/status");
  await wire.call("a slash at the end", "GET /api/kiro/status/?fields=status");
  await wire.call("an unknown path with a body", "POST /nothing", { body: {} });
}

async function bodies(wire: Wire): Promise<void> {
  const large = { command: "test.echo", args: ["x".repeat(2000)] };
  await wire.execute("a body that is too large", large);
  await wire.call("a large body for another route", "POST /api/kiro/policy/check", { body: large });
  const chunk = `${(0x900).toString(16)}\r\n${"x".repeat(0x900)}\r\n0\r\n\r\n`;
  await wire.raw(
    "a large body in chunks",
    `POST /api/kiro/execute HTTP/1.1\r\n${JSON_HEAD}Transfer-Encoding: chunked\r\n\r\n${chunk}`,
  );
  await wire.raw(
    "headers that are too large",
    `GET /health HTTP/1.1\r\nHost: <host>\r\nX: ${"x".repeat(20_000)}\r\n\r\n`,
  );
  await wire.raw("no HTTP", "hello\r\n\r\n");
  await wire.raw("a whole URL", "GET http://<host>/health HTTP/1.1\r\nHost: <host>\r\nConnection: close\r\n\r\n");
  await wire.raw("no Host", "GET /health HTTP/1.1\r\nConnection: close\r\n\r\n");
  await wire.raw(
    "a body that does not come",
    `POST /api/kiro/execute HTTP/1.1\r\n${JSON_HEAD}Content-Length: 9\r\n\r\n{`,
  );
  await wire.raw(
    "another protocol",
    "GET /ws HTTP/1.1\r\nHost: <host>\r\nAuthorization: Bearer <token>\r\nConnection: close, Upgrade\r\nUpgrade: h2c\r\n\r\n",
  );
  await wire.raw(
    "a WebSocket without a key",
    "GET /ws HTTP/1.1\r\nHost: <host>\r\nAuthorization: Bearer <token>\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\r\n",
  );
}

async function pages(wire: Wire): Promise<void> {
  await wire.call("what this is", "GET /");
  await wire.call("what this is, for browsers", "GET /", { headers: { Accept: "text/html" } });
  await wire.call("HEAD /", "HEAD /");
  await wire.call("the page of the documentation", "GET /docs");
  await wire.call("its script", "GET /docs/init.js");
  await wire.call("an unknown file", "GET /docs/nothing.js");
  await wire.call("a file outside", "GET /docs/..%2Fopenapi.json");
  await wire.call("the dashboard in a browser", "GET /dashboard");
  await wire.call("an unknown file of it", "GET /dashboard/nothing.js");
  await wire.call("a build without the document", "GET /openapi.json");
  await wire.call("the same for the events", "GET /asyncapi.json");
  await wire.call("health", "GET /health");
  await wire.call("HEAD /health", "HEAD /health");
  await wire.call("health with a challenge", `GET /health?challenge=${"c".repeat(32)}`);
  await wire.call("health with a bad challenge", "GET /health?challenge=short");
  await wire.call("health with an unknown parameter", "GET /health?nonsense=1");
}

async function status(wire: Wire): Promise<void> {
  await wire.call("status", "GET /api/kiro/status");
  await wire.call("HEAD of the status", "HEAD /api/kiro/status?fields=status");
  await wire.call("two fields of the status", "GET /api/kiro/status?fields=status,windows");
  await wire.call("a field that is absent", "GET /api/kiro/status?fields=status,currentCommand,pendingRestart");
  await wire.call("an unknown field of the status", "GET /api/kiro/status?fields=status,nonsense");
  await wire.call("an unknown parameter of the status", "GET /api/kiro/status?fields=status&nonsense=1");
  await wire.call("windows", "GET /api/kiro/windows");
  await wire.call("commands of one window", "GET /api/kiro/commands?limit=1&windowId=no-window");
}

async function commands(wire: Wire): Promise<void> {
  await wire.call("commands", "GET /api/kiro/commands?limit=10000");
  await wire.call("commands that match", "GET /api/kiro/commands?query=ECHO");
  await wire.call("commands of the CLI", "GET /api/kiro/commands?query=kiro.cli");
  await wire.call("a denied command", "GET /api/kiro/commands?query=deleteAccount");
  await wire.call("one command of many", "GET /api/kiro/commands?limit=1");
  await wire.call("commands that match nothing", "GET /api/kiro/commands?query=nowhere");
  await wire.call("commands: refuses limit 0", "GET /api/kiro/commands?limit=0");
  await wire.call("commands: refuses an unknown parameter", "GET /api/kiro/commands?nonsense=1");
  await wire.call("commands: refuses a long query", `GET /api/kiro/commands?query=${"x".repeat(201)}`);
}

async function policy(wire: Wire): Promise<void> {
  const check = (name: string, body: object | string) =>
    wire.call(`policy: ${name}`, "POST /api/kiro/policy/check", { body });
  await check("a command of the editor", { command: "test.echo" });
  await check("an unknown command", { command: "test.unknown" });
  await check("a denied command", { command: "test.deleteAccount" });
  await check("an internal command", { command: "_internal" });
  await check("a command of the CLI", { command: "kiro.cli.chat", args: ["Hello"] });
  await check("a prompt", { command: "Say hello", target: "cli" });
  await check("target editor", { command: "kiro.cli.chat", target: "editor" });
  await check("commands within a command", { command: "runCommands", params: [{ commands: ["test.deleteAccount"] }] });
  await check("no command", {});
  await check("no JSON", "{");
  wire.bridge.setPolicy(["test.*"], ["test.throws"]);
  await check("an allowed pattern", { command: "test.echo" });
  await check("no pattern allows it", { command: "runCommands" });
  await check("a denied pattern", { command: "test.throws" });
  await wire.execute("refuses what no pattern allows", { command: "runCommands" });
  await wire.call("refuses to list sessions", "GET /kiro/sessions");
  await wire.call("refuses to close a session", "DELETE /kiro/sessions/default");
  await wire.call("refuses a chat", "POST /kiro/chat", { body: { prompt: "Hello" } });
  await wire.call("refuses an answer", "POST /api/kiro/input", {
    body: { executionId: "exec-1-1-aaaaaa", type: "text", value: "a" },
  });
  await wire.refusedUpgrade("refuses a terminal", "/terminal");
  wire.bridge.setPolicy(["*"], []);
}
