import assert from "node:assert/strict";
import { DisposableStore } from "../../../src/base/disposables.ts";
import type { Logger } from "../../../src/base/logger.ts";
import { ExportingBridges, exportsOf } from "../../support/exports/exportingBridge.ts";
import { assertFree } from "../../support/exports/planted/watchedPeers.ts";
import { filesBelow } from "../../support/exports/planted/filesBelow.ts";
import type { ScriptedRequest } from "../../support/exports/scriptedServer.ts";
import type { TestBridge } from "../../support/testBridge.ts";
import { until } from "../../support/until.ts";

const KEY = "opaqueKey5Tg8Uj1Ik9Ol";
const OTHER = "otherValue3Ed6Yh7Nm2Bv";
const auth = { kind: "secret" };
const aws = JSON.stringify({ accessKeyId: "AKIDEXAMPLE", secretAccessKey: KEY, sessionToken: OTHER });
const accountKey = Buffer.alloc(32, "Kq3").toString("base64");

interface Echoed {
  readonly name: string;
  /** Gets the address of a server that repeats what it gets. */
  readonly element: (url: string) => object;
  readonly secret: (url: string) => string;
  /** Texts that must not be shown. Default: the secret itself. */
  readonly cores?: readonly string[];
}

const entra = (authority: string) => ({ kind: "entra", tenantId: "t", clientId: "c", authority });
const collector = (auth: object) => (endpoint: string) => ({ kind: "otlp", preset: "collector", endpoint, auth });
const webhookSecret = { secrets: [`whsec_${accountKey}`], headers: { "x-key": KEY, authorization: `Token ${OTHER}` } };

const destinations: readonly Echoed[] = [
  {
    name: "webhook",
    element: (url) => ({ kind: "webhook", url }),
    secret: () => JSON.stringify(webhookSecret),
    cores: [KEY, OTHER, accountKey],
  },
  { name: "bearer", element: collector({ kind: "key" }), secret: () => KEY },
  { name: "plain", element: collector({ kind: "key", header: "x-team", scheme: "plain" }), secret: () => KEY },
  {
    name: "basic",
    element: collector({ kind: "key", scheme: "basic" }),
    secret: () => `user:${KEY}`,
    cores: [KEY, Buffer.from(`user:${KEY}`).toString("base64")],
  },
  { name: "function", element: (url) => ({ kind: "azure-function", url }), secret: () => KEY },
  {
    name: "s3",
    element: (endpoint) => ({ kind: "s3", bucket: "runs", region: "us-east-1", endpoint, auth }),
    secret: () => aws,
    cores: [KEY, OTHER],
  },
  {
    name: "dynamodb",
    element: (endpoint) => ({ kind: "dynamodb", table: "runs", region: "us-east-1", endpoint, auth }),
    secret: () => aws,
    cores: [KEY, OTHER],
  },
  {
    name: "lambda",
    element: (endpoint) => ({ kind: "lambda", function: "hook", region: "us-east-1", endpoint, auth }),
    secret: () => aws,
    cores: [KEY, OTHER],
  },
  {
    name: "sas",
    element: (endpoint) => ({
      kind: "azure-blob",
      account: "kiro",
      container: "runs",
      endpoint,
      auth: { kind: "sas" },
    }),
    secret: () => `sv=2021-12-02&sp=c&sig=${KEY}%3D`,
    cores: [KEY],
  },
  {
    name: "cosmos",
    element: (endpoint) => ({ kind: "cosmos", endpoint, database: "kiro" }),
    secret: () => accountKey,
  },
  {
    name: "entra",
    element: (url) => ({ kind: "azure-function", url, auth: { ...entra(url), scope: "api://x/.default" } }),
    secret: () => KEY,
  },
  {
    name: "google",
    element: (endpoint) => ({
      kind: "gcs",
      bucket: "runs",
      endpoint,
      auth: { ...auth, tokenUrl: `${endpoint}/token` },
    }),
    secret: () => JSON.stringify({ type: "authorized_user", client_id: "c", client_secret: KEY, refresh_token: OTHER }),
    cores: [KEY, OTHER],
  },
  {
    name: "insights",
    element: () => ({ kind: "app-insights" }),
    secret: (url) =>
      `InstrumentationKey=11111111-2222-3333-4444-555555555555;IngestionEndpoint=${url};SharedKey=${KEY}`,
    cores: [KEY],
  },
];

/** Repeats a request as careless servers and proxies do: the line, the headers, and their values alone. */
function echo({ method, url, headers, body }: ScriptedRequest): string {
  const values = Object.values(headers).map((value = "") => value.split(" ").at(-1) ?? "");
  return `No: ${values.join(" ")} ${method} ${url} ${body.toString("latin1").slice(0, 300)} ${JSON.stringify(headers)}`;
}

/** Each form in which a server may say what is wrong. */
const answers: Readonly<Record<string, (text: string) => string>> = {
  text: (text) => text,
  "an error as JSON": (message) => JSON.stringify({ error: { message } }),
  "a description as JSON": (text) => JSON.stringify({ error: "invalid_client", error_description: text }),
  XML: (text) => `<Error><Code>Denied</Code><Message>${text.replaceAll("<", "(")}</Message></Error>`,
  "a text that is cut off within the secret": (text) => `${" ".repeat(Math.max(0, 1985 - text.indexOf(KEY)))}${text}`,
};

describe("A destination that repeats its secret in an error", () => {
  let store: DisposableStore;
  let bridges: ExportingBridges;
  const log: string[] = [];
  beforeEach(async () => {
    store = new DisposableStore();
    bridges = store.add(await ExportingBridges.create());
    log.length = 0;
  });
  afterEach(() => store.dispose());

  const write: Logger["info"] = (text, facts) => void log.push(`${text} ${JSON.stringify(facts ?? {})}`);
  const logger: Logger = { debug: write, info: write, warn: write, error: write };

  /** Everything that the bridge shows, keeps or logs. */
  async function shownBy(bridge: TestBridge): Promise<[what: string, bytes: Buffer][]> {
    const letters = destinations.map(({ name }) => `/kiro/exports/${name}/dead-letters`);
    const paths = [
      "/metrics",
      "/kiro/exports",
      "/api/kiro/status",
      "/api/kiro/executions",
      "/api/kiro/history",
      ...letters,
    ];
    const answered = await Promise.all(
      paths.map(async (path) => [path, Buffer.from((await bridge.call(path)).text)] as const),
    );
    const tests = await Promise.all(
      destinations.map(async ({ name }) => {
        const { text } = await bridge.call(`/kiro/exports/${name}/test`, { method: "POST" });
        return [`the test of ${name}`, Buffer.from(text)] as const;
      }),
    );
    const said = [["the log", Buffer.from(log.join("\n"))] as const];
    await bridge.dispose();
    const files = await filesBelow(bridges.storageFolder);
    return [...answered, ...tests, ...said, ...files].map(([what, bytes]) => [what, bytes]);
  }

  for (const [form, write] of Object.entries(answers)) {
    for (const status of [401, 413]) {
      it(`shows it nowhere (${status}, ${form})`, async () => {
        const server = await bridges.serve();
        server.otherwise = (request) => ({
          status,
          headers: { "content-type": "text/plain" },
          body: write(echo(request)),
        });
        bridges.elements = destinations.map(({ name, element }) => ({ name, ...element(`${server.url}/${name}`) }));
        for (const { name, secret } of destinations) bridges.setSecret(name, secret(`${server.url}/${name}`));
        const bridge = await bridges.start({ logger });
        await bridge.execute({ command: "test.echo", args: ["x"] });
        const failed = async (): Promise<boolean> => {
          const { destinations: records, problems } = await exportsOf(bridge);
          assert.deepEqual(problems, []);
          return records.every(({ lastError }) => lastError !== undefined);
        };
        await until(failed, "a failure of each");
        const { destinations: records } = await exportsOf(bridge);
        const said = records.filter(({ lastError }) => lastError?.message.includes("It says: “"));
        assert.ok(said.length >= 10, `only ${said.length} quote what was said`);
        for (const [what, bytes] of await shownBy(bridge)) {
          // Not a part either.
          for (const { name, secret, cores = [secret(server.url)] } of destinations)
            for (const core of cores) assertFree(bytes, core.slice(0, 12), `the secret of ${name} in ${what}`);
        }
      });
    }
  }
});
