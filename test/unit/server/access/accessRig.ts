import type { FakePrincipal } from "../../../support/fakePrincipals.ts";
import type { RawConnection } from "../../../support/httpClient.ts";
import type { TestBridge } from "../../../support/testBridge.ts";

/** Sends a GET as a principal, whose response is read as it comes. */
export function openAs(
  bridge: TestBridge,
  { token }: FakePrincipal,
  path: string,
  headers: Readonly<Record<string, string>> = {},
): RawConnection {
  const all = { Host: `127.0.0.1:${bridge.port}`, Authorization: `Bearer ${token}`, ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return bridge.connect().write(`GET ${path} HTTP/1.1\r\n${lines.join("")}\r\n`);
}

/** Runs a command as a principal. @returns the ID of its execution */
export async function runAs(
  bridge: TestBridge,
  principal: FakePrincipal,
  request: object,
  headers: Readonly<Record<string, string>> = {},
): Promise<string> {
  const { json } = await bridge.callAs(principal, "/api/kiro/execute", { body: request, headers });
  return String(json["executionId"]);
}
