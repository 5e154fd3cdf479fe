import assert from "node:assert/strict";
import * as z from "zod";
import { checkDestinations } from "../../../src/exports/checkDestinations.ts";

const head = { name: z.string(), enabled: z.boolean().optional() };
const kinds = {
  webhook: { schema: z.strictObject({ ...head, kind: z.literal("webhook"), url: z.url() }) },
  s3: { schema: z.strictObject({ ...head, kind: z.literal("s3"), bucket: z.object({ name: z.string() }) }) },
};

describe("The elements of kiroBridge.exports", () => {
  it("are checked by the schemas of their kinds, each by itself", () => {
    const { destinations, problems } = checkDestinations(
      [
        { name: "one", kind: "webhook", url: "https://example.com/" },
        { name: "two", kind: "webhook" },
        { name: "three", kind: "s3", bucket: { name: 5 } },
        { name: "four", kind: "s3", bucket: { name: "b" }, enabled: false },
        { name: "five", kind: "pigeon" },
        { name: "six", kind: "constructor" },
        { name: "seven", kind: "webhook", ulr: "https://example.com/" },
      ],
      kinds,
    );
    assert.deepEqual(
      destinations.map(({ name, kind, isEnabled, of }) => [name, kind, isEnabled, of]),
      [
        ["one", "webhook", true, kinds.webhook],
        ["four", "s3", false, kinds.s3],
      ],
    );
    assert.deepEqual(problems, [
      "kiroBridge.exports: two: url: is missing",
      "kiroBridge.exports: three: bucket.name: Invalid input: expected string, received number",
      "kiroBridge.exports: five: kind: expected webhook, s3",
      "kiroBridge.exports: six: kind: expected webhook, s3",
      'kiroBridge.exports: seven: url: is missing; Unrecognized key: "ulr"',
    ]);
  });

  it("never show a value in a problem", () => {
    const wrong = { name: "one", kind: "webhook", url: "canary", secret: "canary" };
    const { problems } = checkDestinations([wrong, { ...wrong, url: "https://example.com/" }], kinds);
    assert.equal(problems.length, 2);
    assert.doesNotMatch(problems.join(""), /canary/);
  });
});
