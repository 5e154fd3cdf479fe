import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DisposableStore } from "../../../src/base/disposables.ts";
import { isObject } from "../../fixtures/simulator/jsonExample.ts";
import { type FakeAccess, type FakePrincipal, FakePrincipals } from "../fakePrincipals.ts";
import { EchoTerminal } from "../programs/fakeTerminal.ts";
import { simulatedKiro } from "../simulatedKiro.ts";
import { removeFolder, temporaryFolder } from "../temporaryFolder.ts";
import { startTestBridge, type TestBridge, type TestBridgeOptions } from "../testBridge.ts";

export interface GatewayBridgeOptions extends Omit<TestBridgeOptions, "createKiro" | "principals" | "folders"> {
  /** Environment variables of the simulator. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A prompt as the simulator has received it. */
interface AgentTurn {
  /** The agent's own ID of the session. */
  readonly sessionId: string;
  readonly prompt: string;
}

/** A bridge whose agent is the simulator, a real process that speaks ACP, with the addresses for the clients of each vendor. */
export interface GatewayBridge {
  readonly bridge: TestBridge;
  /** The folder of the window. */
  readonly folder: string;
  /** A program with the scopes that `Connect a Client…` gives, and no more. */
  readonly client: FakePrincipal;
  /** `http://127.0.0.1:PORT`, which clients of Anthropic and Azure use as it is. */
  readonly origin: string;
  /** `baseURL` of clients of OpenAI. */
  readonly openaiUrl: string;
  readonly mcpUrl: string;
  /** Adds another program with the same scopes, unless `access` has others. */
  addClient(id: string, access?: FakeAccess): FakePrincipal;
  /** IDs of the prompts of all principals that have started so far, oldest first. */
  startedPrompts(): readonly string[];
  /** The prompts that have reached the agent so far, oldest first. */
  agentTurns(): readonly AgentTurn[];
  dispose(): Promise<void>;
}

const leastScopes = { scopes: ["agents:prompt"] } as const satisfies FakeAccess;

export async function startGatewayBridge({ env, ...options }: GatewayBridgeOptions = {}): Promise<GatewayBridge> {
  const store = new DisposableStore();
  const folder = await temporaryFolder();
  store.defer(() => removeFolder(folder));
  const log = join(folder, ".simulator.jsonl");
  const principals = new FakePrincipals();
  const bridge = store.add(
    await startTestBridge({
      ...options,
      principals,
      folders: [folder],
      createKiro: (events) =>
        simulatedKiro({
          folder,
          isInstalled: true,
          env: { FAKE_KIRO_LOG: log, ...env },
          report: (event) => events.append(event),
          terminals: { open: async () => new EchoTerminal() },
        }),
    }),
  );
  const origin = `http://127.0.0.1:${bridge.port}`;
  return {
    bridge,
    folder,
    client: principals.add("gateway", leastScopes),
    origin,
    openaiUrl: `${origin}/v1`,
    mcpUrl: `${origin}/mcp`,
    addClient: (id, access) => principals.add(id, { ...leastScopes, ...access }),
    startedPrompts: () => startedPromptsOf(bridge),
    agentTurns: () => recordsOf(log).flatMap(turnOf),
    dispose: () => store.dispose(),
  };
}

function startedPromptsOf({ core }: TestBridge): readonly string[] {
  return core.events
    .read(0)
    .events.flatMap((event) =>
      event.type === "command-started" && event.command === "kiro.cli.chat" ? [event.executionId] : [],
    );
}

/** Reads the whole lines that the simulator has written so far. */
function recordsOf(log: string): readonly unknown[] {
  const lines = existsSync(log) ? readFileSync(log, "utf8").split("\n").slice(0, -1) : [];
  return lines.map((line): unknown => JSON.parse(line));
}

/** Returns a turn, or nothing for other records. */
function turnOf(record: unknown): readonly AgentTurn[] {
  if (!isObject(record) || record["event"] !== "turn") return [];
  return [{ sessionId: String(record["sessionId"]), prompt: String(record["prompt"]) }];
}
