import assert from "node:assert/strict";
import { join } from "node:path";
import { silentLogger } from "../../../src/base/logger.ts";
import { EventLog } from "../../../src/core/events/eventLog.ts";
import { engineSchema } from "../../../src/agents/engines/engineSettings.ts";
import { noEditorModels, noKeys } from "../../../src/agents/engines/ports.ts";
import { modelsPorts } from "../../../src/bridge/engines/createEngines.ts";
import { coreSettings } from "../../../src/bridge/coreSettings.ts";
import { serverSettings } from "../../../src/bridge/serverSettings.ts";
import { kiroCliSettings } from "../../../src/bridge/kiroCliSettings.ts";
import { type Settings, settingsSchema } from "../../../src/bridge/settingsTable.ts";
import { OrphanGuard } from "../../../src/core/childProcesses/orphanGuard.ts";
import { FakeWindow } from "../../support/fakePorts.ts";
import { Redactor } from "../../../src/core/privacy/redactor.ts";

/** No two of them are alike, and none is a default. */
const settings: Settings = {
  autoStart: false,
  "analytics.enabled": true,
  "analytics.url": "https://analytics.example",
  "analytics.projectKey": "a project",
  "api.port": 3101,
  "api.portConflict": "fail",
  "api.host": "127.0.0.9",
  "api.allowedHosts": ["a host"],
  "api.allowedOrigins": ["an origin"],
  "api.maxBodyBytes": 3102,
  "api.receiveTimeoutMs": 3103,
  "api.maxRequestsPerMinute": 3104,
  "auth.mode": "none",
  "auth.discovery": "pair",
  "auth.issuers": [
    {
      issuer: "an issuer",
      audience: "us",
      jwksUri: "https://issuer.example/",
      scopesClaim: "scp",
      maxAgeSeconds: 3114,
    },
  ],
  "commands.allow": ["allowed"],
  "commands.deny": ["denied"],
  "kiro.commandTimeoutMs": 3105,
  "kiro.maxConcurrentCommands": 31,
  "kiro.maxQueuedCommands": 3106,
  "kiro.maxSessions": 32,
  "kiro.idleSessionMs": 3107,
  "userInput.timeoutMs": 3108,
  "audit.enabled": false,
  "audit.content": "text",
  "audit.maxFileMB": 3120,
  "audit.keepDays": 3121,
  "history.enabled": true,
  "history.storeOutput": false,
  "history.maxMegabytes": 3109,
  "history.maxDays": 3110,
  "privacy.maskPatterns": ["a pattern"],
  "cli.path": "/a/path",
  "cli.transport": "pipe",
  "cli.agent": "an agent",
  "cli.trustTools": ["a tool"],
  "cli.trustAllTools": true,
  "cli.inactivityTimeoutMs": 3111,
  "cli.turnTimeoutMs": 3112,
  "cli.pipe.markerPosition": "end",
  "cli.pipe.settleMs": 3113,
  engines: [engineSchema.parse({ id: "local", wire: "openai-chat", auth: { kind: "none" } })],
  "agents.approval": "ask",
  "agents.default": "local",
  "agents.fallback": "local",
  "agents.mcpServers": { files: { command: "serve-files", args: [], env: {} } },
  "agents.editorTools": false,
  "plugins.enabled": false,
  "plugins.folders": ["/a/folder"],
  "bus.servers": ["tls://a.server:4222"],
  "bus.prefix": "a-prefix",
  "bus.tls.caFile": "/a/ca.pem",
  "bus.tls.certFile": "/a/cert.pem",
  "bus.tls.keyFile": "/a/key.pem",
  "gateways.openai.enabled": false,
  "gateways.anthropic.enabled": false,
  "gateways.mcp.enabled": false,
  "gateways.clientTools": "refuse",
  "gateways.activity": "none",
  "gateways.modelAliases": { "a-model": "kiro" },
  "gateways.sideModel": "kiro/a-model",
  "gateways.enforceMaxTokens": true,
  "gateways.maxSessions": 29,
  "mcp.pinnedCommands": ["a.command"],
  exports: [{ name: "runs", kind: "webhook", enabled: true }],
};
const version = "0.1.0";
const logger = silentLogger;

describe("Every setting", () => {
  it("has a value here other than its default", () => {
    const { "history.enabled": _asItIs, ...changed } = settings;
    const defaults: Record<string, unknown> = settingsSchema.parse({});
    for (const [key, value] of Object.entries(changed)) assert.notDeepEqual(value, defaults[key], key);
  });

  it("of the lanes, the questions and the history reaches the core", () => {
    const parts = { settings, version, editor: "", storageFolder: "", discoveryFolder: "", extensionPath: "", logger };
    const { policy, editor, maxQueued, inputTimeoutMs, journal, ...rest } = coreSettings({
      ...parts,
      redactor: new Redactor(),
    });
    assert.equal(rest.publishesToken, false);
    assert.deepEqual(rest.nats, {
      servers: ["tls://a.server:4222"],
      prefix: "a-prefix",
      tls: { caFile: "/a/ca.pem", certFile: "/a/cert.pem", keyFile: "/a/key.pem" },
    });
    assert.deepEqual(
      ["allowed", "denied", "other"].map((command) => policy.decide(command).allowed),
      [true, false, false],
    );
    assert.deepEqual(editor, { concurrency: 31, defaultTimeoutMs: 3105 });
    assert.deepEqual([maxQueued, inputTimeoutMs], [3106, 3108]);
    assert.deepEqual(
      [journal?.storesOutput, journal?.maxBytes, journal?.maxAgeMs],
      [false, 3109 * 2 ** 20, 3110 * 86_400_000],
    );
  });

  it("of the audit log reaches the audit log", () => {
    const parts = {
      settings,
      version,
      editor: "",
      storageFolder: "",
      discoveryFolder: "/d",
      extensionPath: "",
      logger,
    };
    const { audit } = coreSettings({ ...parts, redactor: new Redactor() });
    assert.deepEqual(audit, {
      folder: join("/d", "audit"),
      version,
      isEnabled: false,
      content: "text",
      maxFileBytes: 3120 * 2 ** 20,
      maxTotalBytes: 312_000 * 2 ** 20,
      maxAgeMs: 3121 * 86_400_000,
    });
  });

  it("of the server reaches the server", () => {
    const parts = { settings, token: "the token", version, logger };
    const { guards, limits, listen } = serverSettings({ ...parts, discoveryFolder: "" });
    assert.deepEqual(guards, {
      authMode: "none",
      token: "the token",
      publishesToken: false,
      allowedHosts: ["a host"],
      allowedOrigins: ["an origin"],
    });
    assert.deepEqual(limits, { maxBodyBytes: 3102, maxRequestsPerMinute: 3104 });
    const { describeOwner: _ofPorts, ...rest } = listen;
    assert.deepEqual(rest, { port: 3101, host: "127.0.0.9", portConflict: "fail", receiveTimeoutMs: 3103 });
  });

  it("of the engines reaches the models", () => {
    const redactor = new Redactor();
    const stored = { ...settings, "history.storeOutput": true };
    const parts = { settings: stored, storageFolder: "/storage", redactor, logger };
    assert.deepEqual(modelsPorts(parts), {
      engines: settings.engines,
      keys: noKeys,
      editorModels: noEditorModels,
      storageFolder: "/storage",
      keptMs: 3110 * 86_400_000,
      keptBytes: 3109 * 2 ** 20,
      redactor,
      logger,
    });
    for (const off of ["history.enabled", "history.storeOutput"]) {
      const unstored = modelsPorts({ ...parts, settings: { ...stored, [off]: false } });
      assert.equal(unstored.storageFolder, undefined, off);
    }
  });

  it("of the Kiro CLI reaches the Kiro CLI", () => {
    const cli = kiroCliSettings({
      settings,
      window: new FakeWindow(),
      isTrusted: () => true,
      events: new EventLog("window-1"),
      logger,
      guard: new OrphanGuard("", logger),
      extensionPath: "",
      version,
    });
    assert.equal(cli.search.setting, "/a/path");
    assert.equal(cli.transport, "pipe");
    assert.deepEqual(cli.flags, { trustTools: ["a tool"], trustsAllTools: true, agent: "an agent" });
    assert.deepEqual([cli.turnLimits.inactivityMs, cli.turnLimits.absoluteMs], [3111, 3112]);
    assert.deepEqual(cli.pipe?.reader, { markerPosition: "end", settleMs: 3113 });
    assert.deepEqual([cli.maxSessions, cli.idleSessionMs], [32, 3107]);
  });
});
