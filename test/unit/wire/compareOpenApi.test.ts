import assert from "node:assert/strict";
import { compareOpenApi } from "./compareOpenApi.ts";
import type { PlainObject } from "./placeholders.ts";

const thing: PlainObject = {
  type: "object",
  properties: {
    id: { type: "string", description: "Names it.", maxLength: 10 },
    status: { type: "string", enum: ["on", "off"] },
    target: { type: "string", enum: ["auto", "cli"] },
    parts: { type: "array", items: { oneOf: [{ const: "a" }, { const: "b" }] } },
  },
  required: ["id"],
};

interface Parts {
  readonly schema?: PlainObject;
  readonly operation?: PlainObject;
  readonly response?: PlainObject;
}

/** A document with one path, at which a thing is sent and returned. */
function document({ schema = {}, operation = {}, response = {} }: Parts = {}): PlainObject {
  const content = { "application/json": { schema: { $ref: "#/components/schemas/Thing" } } };
  const post = {
    operationId: "make",
    parameters: [{ in: "query", name: "limit", schema: { type: "integer", maximum: 5 } }],
    requestBody: { required: true, content },
    responses: {
      "200": { description: "Made.", headers: { Location: { schema: { type: "string" } } }, content, ...response },
    },
    ...operation,
  };
  return {
    security: [{ bearer: [] }],
    paths: { "/things": { post } },
    components: { schemas: { Thing: { ...thing, ...schema } } },
  };
}

const property = (name: string, schema: PlainObject): PlainObject => ({
  properties: { ...(thing["properties"] as PlainObject), [name]: schema },
});
const differences = (now: PlainObject): string[] => compareOpenApi(document(), now);

describe("The comparison of OpenAPI documents", () => {
  it("accepts what is equal, and other texts", () => {
    assert.deepEqual(differences(document()), []);
    const reworded = property("id", { type: "string", description: "Its name.", maxLength: 10 });
    assert.deepEqual(differences(document({ schema: reworded, response: { description: "It was made." } })), []);
  });

  it("accepts further paths, methods, optional parameters, answers and properties", () => {
    const now = document({ schema: property("more", { type: "integer" }) });
    const limit = { in: "query", name: "limit", schema: { type: "integer", maximum: 5 } };
    const wait = { in: "query", name: "wait", schema: { type: "integer" } };
    assert.deepEqual(differences(now), []);
    assert.deepEqual(differences(document({ operation: { parameters: [wait, limit] } })), []);
    const paths = { ...(now["paths"] as PlainObject), "/others": { get: { responses: {} } } };
    assert.deepEqual(differences({ ...now, paths }), []);
  });

  it("reports a lost path, method, parameter, answer, header, content type and schema", () => {
    const { components } = document();
    assert.match(
      differences({ security: [{ bearer: [] }], paths: {}, components: components ?? {} }).join(),
      /\/things is lost/,
    );
    assert.match(differences({ ...document(), paths: { "/things": { get: {} } } }).join(), /post is lost/);
    assert.match(differences(document({ operation: { parameters: [] } })).join(), /limit is lost/);
    assert.match(differences(document({ operation: { responses: {} } })).join(), /200 is lost/);
    assert.match(differences(document({ response: { headers: {} } })).join(), /Location is lost/);
    assert.match(differences(document({ response: { content: {} } })).join(), /application\/json is lost/);
    assert.match(differences({ ...document(), components: { schemas: {} } }).join(), /Thing is lost/);
  });

  it("reports a lost property, another type, another limit and lost values", () => {
    assert.match(differences(document({ schema: { properties: {} } })).join(), /\.id is lost/);
    assert.match(
      differences(document({ schema: property("id", { type: "integer", maxLength: 10 }) })).join(),
      /type was/,
    );
    assert.match(
      differences(document({ schema: property("id", { type: "string", maxLength: 9 }) })).join(),
      /maxLength was/,
    );
    assert.match(
      differences(document({ schema: property("status", { type: "string", enum: ["on"] }) })).join(),
      /lost "off"/,
    );
    assert.match(differences(document({ schema: property("status", { type: "string" }) })).join(), /no enumeration/);
    const parts = { type: "array", items: { oneOf: [{ const: "a" }] } };
    assert.match(differences(document({ schema: property("parts", parts) })).join(), /const was "b"/);
    assert.match(differences(document({ operation: { operationId: "other" } })).join(), /operationId was/);
    assert.match(differences({ ...document(), security: [] }).join(), /security was/);
  });

  it("accepts further alternatives of a discriminator, and reports lost ones", () => {
    const told = (mapping: PlainObject, propertyName = "type"): PlainObject =>
      document({ schema: { discriminator: { propertyName, mapping } } });
    const now = (...all: Parameters<typeof told>): string[] =>
      compareOpenApi(told({ a: "#/a", b: "#/b" }), told(...all));
    assert.deepEqual(now({ a: "#/a", b: "#/b", c: "#/c" }), []);
    assert.match(now({ a: "#/a", b: "#/c" }).join(), /has lost the alternative b/);
    assert.match(now({ a: "#/a", b: "#/b" }, "kind").join(), /is told apart by kind/);
  });

  it("reports what a client must send now, and what it may miss", () => {
    assert.match(
      differences(document({ schema: { required: ["id", "status"] } })).join(),
      /status has become required/,
    );
    assert.match(differences(document({ schema: { required: [] } })).join(), /id may be missing now/);
    assert.match(differences(document({ schema: { additionalProperties: false } })).join(), /no further properties/);
    const status = { type: "string", enum: ["on", "off"], pattern: "^o" };
    assert.match(differences(document({ schema: property("status", status) })).join(), /pattern is a new limit/);
    const parameters = [
      { in: "query", name: "limit", required: true, schema: { type: "integer", maximum: 5 } },
      { in: "query", name: "wait", required: true, schema: { type: "integer" } },
    ];
    const found = differences(document({ operation: { parameters } })).join();
    assert.match(found, /limit has become required/);
    assert.match(found, /wait is new and required/);
  });

  it("lets target, and target alone, become any text", () => {
    assert.deepEqual(differences(document({ schema: property("target", { type: "string", maxLength: 100 }) })), []);
    assert.notDeepEqual(differences(document({ schema: property("target", { type: "integer" }) })), []);
    assert.notDeepEqual(differences(document({ schema: property("target", { type: "string", enum: ["auto"] }) })), []);
  });
});
