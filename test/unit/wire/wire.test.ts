import assert from "node:assert/strict";
import { OpenApiDocument } from "../../support/checks/openApiDocument.ts";
import { areas } from "./areas.ts";
import { playArea } from "./area.ts";
import { compareOpenApi } from "./compareOpenApi.ts";
import { ExchangeComparer } from "./compareExchanges.ts";
import { isObject, type Plain, textOf } from "./placeholders.ts";
import { readExchanges, readOpenApi } from "./recording.ts";

/** Errors that no exchange can show: a bridge that is not configured correctly does not listen. */
const neverSent = ["CONFIGURATION_ERROR"];

describe("The wire, as it was recorded", () => {
  const recording = readExchanges();
  const exchanges = Object.values(recording).flat();
  const text = JSON.stringify(exchanges);

  it("has every operation of the OpenAPI document and every error code", () => {
    assert.ok(exchanges.length >= 500, String(exchanges.length));
    const lines = exchanges.map(({ request }) => (isObject(request) ? textOf(request["line"]) : ""));
    const { operations, components } = new OpenApiDocument();
    for (const route of operations.keys()) {
      const pattern = new RegExp(`^${route.replaceAll(/\{\w+\}/g, "[^/?]+")}(?:\\?|$)`);
      assert.ok(
        lines.some((line) => pattern.test(line)),
        route,
      );
    }
    const codes = /"enum":(\["VALIDATION_FAILED".*?\])/.exec(JSON.stringify(components.schemas))?.[1] ?? "[]";
    for (const code of JSON.parse(codes) as string[])
      if (!neverSent.includes(code)) assert.ok(text.includes(`"code":"${code}"`), code);
  });

  it("has the OpenAPI document of before in the present one", () => {
    const present = JSON.parse(JSON.stringify(new OpenApiDocument().json)) as Plain;
    assert.deepEqual(compareOpenApi(readOpenApi(), present), []);
  });

  it("has an area for each recorded one", () => {
    assert.deepEqual(Object.keys(recording).toSorted(), areas.map(({ name }) => name).toSorted());
  });

  for (const area of areas) {
    it(`is the same for ${area.name}`, async () => {
      const recorded = recording[area.name] ?? [];
      const { exchanges, failure } = await playArea(area);
      const present = new Map(exchanges.map((exchange) => [exchange.name, exchange]));
      const comparer = new ExchangeComparer();
      const differences = recorded.flatMap(({ name, request, answer }) => {
        const now = present.get(name);
        const found = now === undefined ? [] : comparer.compare({ request, answer }, { ...now });
        return found.map((difference) => `${name}: ${difference}`);
      });
      const missing = recorded.filter(({ name }) => !present.has(name)).map(({ name }) => name);
      assert.deepEqual({ differences, missing, failure }, { differences: [], missing: [], failure: undefined });
    });
  }
});
