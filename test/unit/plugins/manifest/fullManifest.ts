/** A manifest with all keys that the bridge knows. */
export const fullManifest = {
  $schema: "https://example.com/plugin.schema.json",
  name: "your-plugin",
  version: "1.0.0",
  apiVersion: "v1",
  provides: { agents: 2, commands: ["build"], skills: 0 },
  capabilities: {
    domains: ["backend", "api"],
    contexts: ["python", "fastapi"],
    patterns: ["rest-api"],
    integrations: ["mongodb", "keycloak"],
  },
  routing: {
    priority: 100,
    keywords: ["backend", "api", "fastapi"],
    contextPatterns: ["**/*.py", "**/api/**/*"],
    acceptsRoutingFrom: ["jira-orchestrator"],
    canRouteTo: [],
  },
  communication: {
    messagebus: {
      enabled: true,
      topics: [
        "plugin.your-plugin.request",
        { topic: "plugin/your-plugin/events", durable: true, maxDeliver: 3, backoffMs: [100, 1000] },
      ],
      subscriptions: ["system.broadcast", "jira.orchestrator.commands", { topic: "orders.**", durable: true }],
    },
    rpc: {
      enabled: true,
      endpoint: "plugin://your-plugin/rpc",
      methods: [
        "execute_command",
        {
          name: "get_status",
          description: "Returns the status.",
          params: { type: "object", properties: { verbose: { type: "boolean" } } },
          concurrency: 2,
          timeoutMs: 5000,
        },
      ],
    },
  },
  stateManagement: {
    persistence: { type: "sqlite", path: "./state.db", schema: "./state-schema.sql" },
    sharing: { exports: ["endpoint_definitions"], imports: [{ plugin: "jira-orchestrator", name: "jira_issues" }] },
  },
  orchestration: {
    enabled: true,
    mandatory: false,
    protocol: { version: "1.0", supportedPatterns: ["sequential", "parallel", "conditional", "saga"] },
  },
  errorHandling: {
    circuitBreaker: { enabled: true, threshold: 5, timeout: 60_000, halfOpenRetries: 3 },
    retryPolicy: { maxRetries: 3, backoff: "exponential", initialDelay: 1000, maxDelay: 10_000 },
    fallback: { strategy: "plugin", fallbackPlugin: "other-plugin" },
  },
  command: "python3",
  args: ["-m", "your_plugin"],
  env: { LOG_LEVEL: "debug" },
};
