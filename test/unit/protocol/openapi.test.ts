import assert from "node:assert/strict";
import { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import * as z from "zod";
import { ERRORS } from "../../../src/protocol/errors.ts";
import { eventPayloads } from "../../../src/protocol/events.ts";
import { isExempt } from "../../../src/server/guards/exempt.ts";
import { Endpoints } from "../../support/checks/endpoints.ts";
import { OpenApiDocument } from "../../support/checks/openApiDocument.ts";

const document = new OpenApiDocument();
const { routes } = new Endpoints();

describe("The OpenAPI document", () => {
  it("has every route of the app, and no other", () => {
    const routed = routes.map(({ method, path }) => `${method} ${path}`);
    assert.deepEqual([...document.operations.keys()].toSorted(), routed.toSorted());
  });

  it("names each operation once, under a tag that it declares", () => {
    const operations = [...document.operations.values()];
    assert.equal(new Set(operations.map(({ operationId }) => operationId)).size, operations.length);
    assert.deepEqual(new Set(operations.flatMap(({ tags }) => tags)), new Set(document.tags));
  });

  it("declares exactly the parameters that stand in the path, as required", () => {
    for (const [route, { parameters = [] }] of document.operations) {
      const inPath = parameters.filter((parameter) => parameter.in === "path");
      const names = [...route.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
      assert.deepEqual(
        inPath.map(({ name }) => name),
        names,
        route,
      );
      assert.ok(
        inPath.every(({ required }) => required === true),
        route,
      );
    }
  });

  it("has no unresolved references", () => {
    const text = JSON.stringify(document.json);
    const references = [...text.matchAll(/"\$ref":"#\/components\/(schemas|responses)\/(\w+)"/g)];
    assert.equal(references.length, text.split('"$ref"').length - 1);
    for (const [, kind, name] of references) {
      assert.ok(
        name !== undefined && Object.hasOwn(document.components[kind === "schemas" ? "schemas" : "responses"], name),
        name,
      );
    }
  });

  it("requires the token exactly where the guards do", () => {
    assert.deepEqual(Object.keys(document.security), Object.keys(document.components.securitySchemes));
    for (const [route, { security }] of document.operations) {
      const [method = "", url = ""] = route.split(" ");
      const request = new IncomingMessage(new Socket());
      Object.assign(request, { method, url });
      assert.equal(security?.length === 0, isExempt(request), route);
    }
  });

  it("has the scope of each route", () => {
    for (const { method, path, scope } of routes) {
      const documented = document.operations.get(`${method} ${path}`);
      assert.deepEqual(documented?.["x-required-scope"], scope === "public" ? undefined : scope, `${method} ${path}`);
    }
  });

  it("has the status of each error, and the common error body", () => {
    const statuses = new Set([...document.operations.values()].flatMap(({ responses }) => Object.keys(responses)));
    for (const [code, { status }] of Object.entries(ERRORS)) assert.ok(statuses.has(String(status)), code);
    for (const [place, { schema }] of document.media()) {
      if (!/ [45]\d\d /.test(place) || place.startsWith("GET /health 503")) continue;
      const isOfExecute = place.startsWith("POST /api/kiro/execute ") && !place.includes(" 431 ");
      const isOfOAuth = place.includes(" /oauth/") && !place.includes(" 431 ");
      const ofGateway = /^\w+ \/(?:v1|openai|mcp)\b/.test(place) && !place.includes(" 431 ");
      if (ofGateway) continue;
      const name = isOfExecute ? "ExecuteCommandError" : isOfOAuth ? "OAuthError" : "ErrorBody";
      assert.deepEqual(schema, { $ref: `#/components/schemas/${name}` }, place);
    }
  });

  it("shows examples that fit their schemas", () => {
    let count = 0;
    for (const [place, { schema, example, examples = {} }] of document.media()) {
      const values = [
        ...(example === undefined ? [] : [example]),
        ...Object.values(examples).map(({ value }) => value),
      ];
      for (const value of values) {
        count++;
        const { error } = document.reader(schema).safeParse(value);
        assert.equal(error, undefined, `${place}: ${error?.message}`);
      }
    }
    assert.ok(count > 50);
  });

  it("has an example of each body and of each part of a path", () => {
    const silent = [...document.media()].filter(
      ([place, { example, examples }]) => /json|form/.test(place) && example === undefined && examples === undefined,
    );
    assert.deepEqual(
      silent.map(([place]) => place),
      [],
    );
    for (const [route, { parameters = [] }] of document.operations)
      for (const { name, schema, in: place } of parameters)
        if (place === "path") assert.equal(typeof Object(schema)["example"], "string", `${route} ${name}`);
  });

  it("distinguishes the types of events by their titles and by `type`", () => {
    const { BridgeEvent: union } = document.components.schemas;
    const { oneOf, discriminator } = z
      .object({
        oneOf: z.array(z.object({ $ref: z.string() })),
        discriminator: z.object({ propertyName: z.literal("type"), mapping: z.record(z.string(), z.string()) }),
      })
      .parse(union);
    assert.deepEqual(Object.keys(discriminator.mapping), Object.keys(eventPayloads));
    assert.deepEqual(
      oneOf.map(({ $ref }) => $ref),
      Object.values(discriminator.mapping),
    );
    for (const [type, place] of Object.entries(discriminator.mapping)) {
      const schema = document.components.schemas[place.replace("#/components/schemas/", "")];
      assert.equal(Object(schema)["title"], type);
    }
    const streams = [...document.media()].filter(([place]) => /^\w+ \/(?:api|kiro)\/.*text\/event-stream$/.test(place));
    assert.deepEqual(
      streams.map(([, { schema }]) => Object(schema)["$ref"]),
      ["BridgeEvent", "BridgeEvent", "ChatStreamEvent", "BusFrame"].map((name) => `#/components/schemas/${name}`),
    );
  });

  it("starts with an address that a generated client can use", () => {
    assert.equal(Object(document.json)["servers"][0]["url"], "http://127.0.0.1:3001");
  });

  it("has no text that a page renders as an element", () => {
    const texts = [...JSON.stringify(document.json).matchAll(/"(?:description|summary)":"((?:[^"\\]|\\.)*)"/g)];
    assert.ok(texts.length > 100);
    for (const [, text = ""] of texts) assert.doesNotMatch(text.replaceAll(/`[^`]*`/g, ""), /<\w/, text);
  });

  it("allows additional fields in every response", () => {
    const inputs = [
      "ExecuteCommandRequest",
      "UserInputRequest",
      "ChatRequest",
      "PairAsk",
      "PairDecision",
      "NewClientAsk",
      "BusRequest",
      "RouteRequest",
      "NewBusMessage",
    ];
    for (const [name, schema] of Object.entries(document.components.schemas)) {
      assert.equal(JSON.stringify(schema).includes('"additionalProperties":false'), inputs.includes(name), name);
    }
  });
});
