import type { ClientOptions } from "@modelcontextprotocol/client";
import type { ClientOptions as SessionOptions } from "@modelcontextprotocol/sdk/client/index.js";
import { DisposableStore } from "../../../../src/base/disposables.ts";
import type { Outcome, Question, RunContext } from "../../../../src/core/ports.ts";
import { type FakeAccess, type FakePrincipal, FakePrincipals } from "../../../support/fakePrincipals.ts";
import { FakeAgent } from "../../../support/fakePorts.ts";
import {
  connectModern,
  connectSession,
  type McpClient,
  type McpServerAddress,
} from "../../../support/gateways/mcpClients.ts";
import { startTestBridge, TEST_TOKEN, type TestBridge, type TestBridgeOptions } from "../../../support/testBridge.ts";

export const permission: Question = {
  prompt: "May the tool run?",
  inputType: "choice",
  choices: ["Yes", "No"],
  options: [
    { value: "Yes", label: "Run it", kind: "allow_once" },
    { value: "No", label: "Do not run it", kind: "reject_once" },
  ],
  safeAnswer: "No",
};

export const versions = ["2025-11-25", "2026-07-28"] as const;
type Version = (typeof versions)[number];

/** A bridge with clients of both generations, whose agent does what the test says. */
export interface McpRig {
  readonly bridge: TestBridge;
  readonly agent: FakeAgent;
  readonly principals: FakePrincipals;
  /** Everything that is created for a test, which its end disposes. */
  readonly store: DisposableStore;
  addressFor(principal?: FakePrincipal): McpServerAddress;
  principal(id: string, access?: FakeAccess): FakePrincipal;
  session(principal?: FakePrincipal, options?: SessionOptions): ReturnType<typeof connectSession>;
  modern(principal?: FakePrincipal, options?: ClientOptions): ReturnType<typeof connectModern>;
  /** The one of a version. */
  connect(version: Version, principal?: FakePrincipal): Promise<McpClient>;
}

export async function startMcpRig(options: TestBridgeOptions = {}): Promise<McpRig> {
  const store = new DisposableStore();
  const agent = new FakeAgent();
  const principals = new FakePrincipals();
  const bridge = store.add(await startTestBridge({ agent, principals, ...options }));
  const addressFor = (principal?: FakePrincipal): McpServerAddress => ({
    url: `http://127.0.0.1:${bridge.port}/mcp`,
    headers: { Authorization: `Bearer ${principal?.token ?? TEST_TOKEN}` },
  });
  const closed = async <T extends McpClient>(connecting: Promise<T>): Promise<T> => {
    const client = await connecting;
    store.defer(() => client.close());
    return client;
  };
  const session: McpRig["session"] = (principal, given) => closed(connectSession(addressFor(principal), given));
  const modern: McpRig["modern"] = (principal, given) => closed(connectModern(addressFor(principal), given));
  return {
    bridge,
    agent,
    principals,
    store,
    addressFor,
    principal: (id, access) => principals.add(id, access),
    session,
    modern,
    connect: (version, principal) => (version === "2026-07-28" ? modern(principal) : session(principal)),
  };
}

/** A turn of an agent that ends when it is cancelled. */
export function untilCancelled({ signal }: Pick<RunContext, "signal">): Promise<Outcome> {
  const { promise, resolve } = Promise.withResolvers<Outcome>();
  signal.addEventListener("abort", () => resolve({ kind: "cancelled", how: "cooperative" }));
  return promise;
}
