import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import postman, { type CollectionDefinition } from "postman-collection";
import * as z from "zod";
import { OpenApiDocument } from "../../support/checks/openApiDocument.ts";
import { removeFolder, temporaryFolder } from "../../support/temporaryFolder.ts";
import { startTestBridge, TEST_TOKEN, type TestBridge } from "../../support/testBridge.ts";
import { writeShippedDocs } from "../../../scripts/shippedDocs.mjs";

const docs = join(import.meta.dirname, "../../../docs");
const read = (name: string): string => readFileSync(join(docs, name), "utf8");
const { operations } = new OpenApiDocument();

interface Sent {
  readonly name: string;
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

const variable = z.strictObject({ key: z.string(), value: z.string() });
const described = variable.extend({ description: z.string().optional() });
const url = z.strictObject({
  raw: z.string().startsWith("{{baseUrl}}/"),
  host: z.tuple([z.literal("{{baseUrl}}")]),
  path: z.array(z.string()),
  query: z.array(described.extend({ disabled: z.literal(true).optional() })),
  variable: z.array(variable),
});
const body = z.discriminatedUnion("mode", [
  z.strictObject({
    mode: z.literal("raw"),
    raw: z.string(),
    options: z.strictObject({ raw: z.strictObject({ language: z.literal("json") }) }),
  }),
  z.strictObject({
    mode: z.literal("urlencoded"),
    urlencoded: z.array(variable.extend({ type: z.literal("text") })),
  }),
]);
const item = z.strictObject({
  id: z.string(),
  name: z.string(),
  request: z.strictObject({
    method: z.enum(["GET", "POST", "DELETE"]),
    description: z.string().optional(),
    auth: z.strictObject({ type: z.literal("noauth") }).optional(),
    header: z.array(variable),
    url,
    body: body.optional(),
  }),
});
/** The parts of Postman's format 2.1 that we use, and nothing else. */
const collectionSchema = z.strictObject({
  info: z.strictObject({
    name: z.string(),
    description: z.string(),
    schema: z.literal("https://schema.getpostman.com/json/collection/v2.1.0/collection.json"),
  }),
  item: z.array(z.strictObject({ name: z.string(), description: z.string(), item: z.array(item) })),
  auth: z.strictObject({
    type: z.literal("bearer"),
    bearer: z.tuple([variable.extend({ value: z.literal("{{token}}"), type: z.literal("string") })]),
  }),
  variable: z.array(described.extend({ type: z.literal("string") })),
});

/** The requests of the collection, as Postman reads them. */
function ofCollection(variables: Readonly<Record<string, string>>): Sent[] {
  const text = read("kiro-bridge.postman_collection.json");
  collectionSchema.parse(JSON.parse(text));
  const filled = text.replaceAll(/\{\{(\w+)\}\}/g, (_all, key: string) => variables[key] ?? "");
  const found: Sent[] = [];
  new postman.Collection(JSON.parse(filled) as CollectionDefinition).forEachItem((each) => {
    const { request } = each;
    const isOpen = each.getAuth()?.type === "noauth";
    const path = request.url.getPathWithQuery();
    found.push({
      name: each.id,
      method: request.method,
      url: `${variables["baseUrl"] ?? ""}${path}`,
      headers: {
        ...request.getHeaders({ enabled: true }),
        ...(!isOpen && { Authorization: `Bearer ${each.getAuth()?.parameters().get("token") ?? ""}` }),
      },
      body: request.body?.isEmpty() === false ? request.body.toString() : undefined,
    });
  });
  return found;
}

/** The requests of the .http file, as its editors read it. */
function ofHttpFile(variables: Readonly<Record<string, string>>): Sent[] {
  const [head = "", ...blocks] = read("kiro-bridge.http").split(/^### .*\n/m);
  const [, baseUrl] = /^@baseUrl = (.*)$/m.exec(head) ?? [];
  assert.equal(baseUrl, "http://127.0.0.1:3001");
  return blocks.map((block) => {
    const [, name = ""] = /^# @name (\w+)$/m.exec(block) ?? [];
    const prompted = [...block.matchAll(/^# @prompt (\w+) /gm)].map(([, key]) => key);
    const text = block.replaceAll(/^#.*\n/gm, "").replaceAll(/\{\{(\w+)\}\}/g, (_all, key: string) => {
      assert.ok(key === "baseUrl" || prompted.includes(key), `${name} does not ask for ${key}`);
      return variables[key] ?? "";
    });
    const [top = "", ...rest] = text.trim().split("\n\n");
    const [line = "", ...lines] = top.split("\n");
    const [method = "", address = ""] = line.split(" ");
    const headers = Object.fromEntries(lines.map((header) => header.split(": ")));
    return { name, method, url: address, headers, body: rest.length === 0 ? undefined : rest.join("\n\n") };
  });
}

/** Requests with a secret, a client or an engine that the test has not. */
const mayFail: ReadonlySet<string> = new Set([
  "getOAuthToken",
  "revokeOAuthToken",
  "authorize",
  "createEmbeddings",
  "createAzureEmbeddings",
  "cancelModelResponse",
]);

for (const [title, requestsOf] of [
  ["The Postman collection", ofCollection],
  ["The .http file", ofHttpFile],
] as const) {
  describe(title, () => {
    let folder: string;
    let bridge: TestBridge;

    before(async () => {
      folder = await temporaryFolder();
      await writeShippedDocs(folder);
      bridge = await startTestBridge({ docsFolder: folder });
    });
    after(async () => {
      await bridge.dispose();
      await removeFolder(folder);
    });

    it("has a request of each operation", () => {
      const names = new Set(requestsOf({}).map(({ name }) => name.split("_")[0]));
      assert.deepEqual(
        [...names].toSorted((a = "", b = "") => a.localeCompare(b)),
        [...operations.values()].map(({ operationId }) => operationId).toSorted((a, b) => a.localeCompare(b)),
      );
    });

    it("stores no secret", () => {
      for (const { headers, body: sent } of requestsOf({})) {
        assert.match(headers["Authorization"] ?? "Bearer", /^Bearer ?$/);
        assert.doesNotMatch(sent ?? "", /kb[artc]_\w+_/);
      }
    });

    it("has requests that the bridge understands", async () => {
      const secrets = { token: TEST_TOKEN, pairingSecret: "none", refreshToken: "none", revokedToken: "none" };
      const statuses = new Map<string, number>();
      for (const { name, method, url: address, headers, body: sent } of requestsOf({
        baseUrl: bridge.server.url,
        ...secrets,
      })) {
        const response = await fetch(address, { method, headers, ...(sent !== undefined && { body: sent }) });
        statuses.set(name, response.status);
        // An event stream does not end.
        await response.body?.cancel();
        const operation = [...operations.values()].find(({ operationId }) => operationId === name.split("_")[0]);
        assert.ok(operation?.responses[response.status] !== undefined, `${name} ${response.status}`);
        assert.ok(
          (response.status < 500 && ![400, 401, 403, 415].includes(response.status)) || mayFail.has(name),
          `${name} ${response.status}`,
        );
      }
      for (const name of [
        "execute_untitledFile",
        "checkPolicy",
        "listExecutions",
        "followEvents",
        "chat_plain",
        "getDocsFile",
      ])
        assert.equal(statuses.get(name), 200, name);
    });
  });
}
