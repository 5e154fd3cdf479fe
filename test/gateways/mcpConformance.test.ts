import assert from "node:assert/strict";
import { systemClock } from "../../src/base/clock.ts";
import { silentLogger } from "../../src/base/logger.ts";
import type { BridgeModule } from "../../src/bridge/bridgeModule.ts";
import type { GatewayRequest } from "../../src/gateways/door/operations.ts";
import { McpEndpoint } from "../../src/gateways/mcp/endpoint/mcpEndpoint.ts";
import type { Answer } from "../../src/server/http/answers.ts";
import { readJson } from "../../src/server/http/jsonBody.ts";
import { addResource, guarded } from "../../src/server/http/resource.ts";
import { runSuite, startTokenProxy, type SuiteName } from "../support/gateways/conformance/conformanceSuite.ts";
import { createFixtureServer } from "../support/gateways/conformance/fixtureServer.ts";
import { startTestBridge, TEST_TOKEN, type TestBridge } from "../support/testBridge.ts";
import type { Disposable } from "../../src/base/disposables.ts";

const names: readonly SuiteName[] = ["2025-11-25, by the suite of its time", "2025-11-25", "2026-07-28"];
/** A path that no route of the bridge has. */
const FIXTURES = "/dice";

describe("MCP conformance", () => {
  let bridge: TestBridge;
  let proxy: Disposable & { readonly origin: string };
  let fixtures: McpEndpoint;

  before(async () => {
    fixtures = new McpEndpoint({
      clock: systemClock,
      logger: silentLogger,
      limits: { maxRequests: 100, maxSessions: 100, maxSubscriptions: 100 },
      create: createFixtureServer,
    });
    bridge = await startTestBridge({ modules: [fixtureModule(fixtures)] });
    proxy = await startTokenProxy(bridge.port, TEST_TOKEN);
  });

  after(async () => {
    await proxy.dispose();
    await fixtures.dispose();
    await bridge.dispose();
  });

  for (const name of names) {
    it(`of the endpoint that the bridge uses, with the tools that the suite wants: ${name}`, async () => {
      const results = await runSuite(name, `${proxy.origin}${FIXTURES}`);
      assert.ok(results.size >= 30, String(results.size));
      assert.deepEqual(
        failedIn(results),
        [...results.keys()].filter((scenario) => reasonOf(scenario) !== undefined),
      );
    });

    it(`of the bridge, in all scenarios that want no tools of their own: ${name}`, async () => {
      const results = await runSuite(name, `${proxy.origin}/mcp`);
      const own = [...results.keys()].filter(
        (scenario) => reasonOf(scenario) === undefined && !ofFixtures.has(scenario),
      );
      assert.ok(own.length >= 6, own.join());
      assert.deepEqual(
        failedIn(results).filter((scenario) => own.includes(scenario)),
        [],
      );
    });
  }
});

/** The scenarios of features that MCP leaves to servers, and that the bridge does not have. */
function reasonOf(scenario: string): string | undefined {
  if (/^tasks-(?!status-notifications)/.test(scenario))
    return "The extension for tasks: calls report progress instead.";
  if (scenario === "http-custom-header-server-validation") return "No tool takes arguments from headers.";
  return undefined;
}

/**
 * The scenarios that call tools, read resources or get prompts by the names of the suite. Those of `server-stateless` and
 * `caching` that do not are run with the fixtures as well.
 */
const ofFixtures: ReadonlySet<string> = new Set([
  "server-stateless",
  "caching",
  "logging-set-level",
  "completion-complete",
  "tools-call-simple-text",
  "tools-call-image",
  "tools-call-audio",
  "tools-call-embedded-resource",
  "tools-call-mixed-content",
  "tools-call-with-logging",
  "tools-call-error",
  "tools-call-with-progress",
  "tools-call-sampling",
  "tools-call-elicitation",
  "elicitation-sep1034-defaults",
  "elicitation-sep1330-enums",
  "json-schema-2020-12",
  "resources-read-text",
  "resources-read-binary",
  "resources-templates-read",
  "resources-subscribe",
  "resources-unsubscribe",
  // The bridge has no prompts.
  "prompts-list",
  "prompts-get-simple",
  "prompts-get-with-args",
  "prompts-get-embedded-resource",
  "prompts-get-with-image",
  "input-required-result-basic-elicitation",
  "input-required-result-basic-sampling",
  "input-required-result-basic-list-roots",
  "input-required-result-request-state",
  "input-required-result-multiple-input-requests",
  "input-required-result-multi-round",
  "input-required-result-non-tool-request",
  "input-required-result-result-type",
  "input-required-result-tampered-state",
  "input-required-result-capability-check",
]);

function failedIn(results: ReadonlyMap<string, number>): string[] {
  return [...results].flatMap(([scenario, failed]) => (failed > 0 ? [scenario] : []));
}

/** The same endpoint with other tools. */
function fixtureModule(endpoint: McpEndpoint): BridgeModule {
  return {
    routes(router) {
      const serve = guarded("any", async (request: GatewayRequest, response: Answer) => {
        const body = request.method === "POST" ? await readJson(request, 1_000_000) : undefined;
        await endpoint.serve(request, response, body);
      });
      addResource(router, FIXTURES, { get: serve, post: serve, delete: serve });
    },
  };
}
