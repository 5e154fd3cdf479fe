import { owner, type Principal } from "../../../../src/core/access/principal.ts";
import { admitAs } from "../../../../src/server/guards/principals.ts";
import { createServer } from "node:http";
import express from "express";
import { noAudit } from "../../../../src/core/access/audit.ts";
import { silentLogger } from "../../../../src/base/logger.ts";
import { RunHistory } from "../../../../src/history/runHistory.ts";
import type { CliProgram } from "../../../../src/agents/agent.ts";
import { extractJson } from "../../../../src/agents/kiro/text/jsonAnswer.ts";
import { Policy } from "../../../../src/core/commands/policy.ts";
import type { KiroCliSettings } from "../../../../src/agents/kiro/createKiroCli.ts";
import { KiroTerminals } from "../../../../src/agents/kiro/terminal.ts";
import { ClientRegistry } from "../../../../src/server/clients.ts";
import { errorHandler } from "../../../../src/server/http/errorHandler.ts";
import { Guards } from "../../../../src/server/guards/guards.ts";
import { RefusalLog } from "../../../../src/server/guards/refusalLog.ts";
import { RequestLimits } from "../../../../src/server/limits/requestLimits.ts";
import { soleOwner } from "../../../../src/server/listen/ownership.ts";
import { Readiness } from "../../../../src/server/listen/readiness.ts";
import { nothingThere } from "../../../../src/server/http/resource.ts";
import { addChat } from "../../../../src/server/routes/chat.ts";
import { addExecutions } from "../../../../src/server/routes/executions.ts";
import { addInput } from "../../../../src/server/routes/input.ts";
import { addSessions } from "../../../../src/server/routes/sessions.ts";
import { AgentSessions } from "../../../../src/server/sessions/agentSessions.ts";
import { TerminalSocket } from "../../../../src/server/terminal/terminalSocket.ts";
import { Placement } from "../../../../src/server/windows/placement.ts";
import { noOtherWindows } from "../../../../src/server/windows/windows.ts";
import { createUpgradeHandler } from "../../../../src/server/listen/upgradeHandler.ts";
import { type Answer, type Call, callPort, portOf } from "../../../support/httpClient.ts";
import { sourceSchemaChecks } from "../../../support/schemaChecks.ts";
import { KiroCliRig } from "../../agents/kiro/kiroCliRig.ts";
import { Redactor } from "../../../../src/core/privacy/redactor.ts";

export const TOKEN = "terminal-token-0123456789-abcdefghijklmnop";
const refusals = new RefusalLog(silentLogger);
const MAX_BODY_BYTES = 1024 * 1024;

/** The endpoints of Kiro CLI on a free port, in front of the real dispatcher, sessions and simulator. */
export class KiroBridge {
  readonly rig: KiroCliRig;
  readonly terminals: KiroTerminals;
  readonly terminalSocket: TerminalSocket;
  readonly clients = new ClientRegistry();
  /** What `/terminal` asks. */
  readonly policy: Pick<Policy, "assertCommandAllowed"> = {
    assertCommandAllowed: (command) => this.#policy.assertCommandAllowed(command),
  };
  readonly #server;
  readonly #schemas = sourceSchemaChecks();
  /** The author of the requests from now on. */
  principal: Principal = owner;
  #policy = new Policy(["*"], []);

  constructor(env: Readonly<Record<string, string>> = {}, more: Partial<KiroCliSettings> = {}, other?: CliProgram) {
    this.rig = new KiroCliRig(env, more, other);
    const { kiro, dispatcher, events, executions } = this.rig;
    const app = express();
    app.use((request, _response, next) => {
      admitAs(request, this.principal);
      next();
    });
    const isSimulated = (): boolean => kiro.cliStatus().simulated === true;
    const placement = new Placement(
      { windows: noOtherWindows, clients: this.clients },
      { windowId: events.windowId, maxBodyBytes: MAX_BODY_BYTES },
    );
    const shared = { dispatcher, events, clients: this.clients, placement };
    const { agentChoice } = this.rig.core;
    addChat(app, { ...shared, agentChoice, extractJson, isSimulated, schemas: this.#schemas });
    const ofKiro = {
      agent: "kiro",
      prefix: "kiro.cli.",
      sessions: kiro.sessions.bind(kiro),
      closeSession: kiro.closeSession.bind(kiro),
    };
    addSessions(app, { agents: new AgentSessions(ofKiro, [], this.policy), placement });
    const versions = { bridge: "", editor: "", node: "", platform: "" };
    const history = new RunHistory({ executions, events, journal: undefined, versions, redactor: new Redactor() });
    addInput(app, { ...shared, executions, history });
    addExecutions(app, { ...shared, executions, history }, MAX_BODY_BYTES);
    app.use(nothingThere);
    app.use(errorHandler(silentLogger));
    this.#server = createServer(app);
    this.terminals = new KiroTerminals({
      find: () => kiro.found(),
      flags: [],
      defaultWorkspacePath: () => process.cwd(),
      isTrusted: () => true,
      maxTerminals: 2,
      logger: silentLogger,
    });
    const deps = {
      terminals: this.terminals,
      policy: this.policy,
      placement,
      clients: this.clients,
      logger: silentLogger,
      refusals,
      audit: noAudit,
    };
    this.terminalSocket = new TerminalSocket(deps, 30_000);
  }

  get port(): number {
    return portOf(this.#server);
  }

  async listen(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    const guards = new Guards({ authMode: "token", token: TOKEN, allowedHosts: [], allowedOrigins: [] });
    guards.listensAt("127.0.0.1", this.port);
    const readiness = new Readiness();
    readiness.open();
    const requestLimits = new RequestLimits(0, guards);
    const routes = new Map(this.terminalSocket.paths.map((path) => [path, this.terminalSocket.upgrade]));
    this.#server.on(
      "upgrade",
      createUpgradeHandler({
        guards,
        readiness,
        requestLimits,
        logger: silentLogger,
        refusals,
        ownership: soleOwner,
        routes,
      }),
    );
    return this;
  }

  call(path: string, call?: Call): Promise<Answer> {
    return callPort(this.port, path, call);
  }

  chat(body: object, headers: NonNullable<Call["headers"]> = {}): Promise<Answer> {
    return this.call("/kiro/chat", { body, headers });
  }

  /** Denies a command from now on. */
  deny(command: string): void {
    this.#policy = new Policy(["*"], [command]);
    this.terminalSocket.enforcePolicy();
  }

  async dispose(): Promise<void> {
    await Promise.all([this.terminalSocket.dispose(), this.terminals.dispose(), this.#schemas.dispose()]);
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
    await this.rig.dispose();
  }
}
