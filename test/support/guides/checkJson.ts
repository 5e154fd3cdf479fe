import assert from "node:assert/strict";
import * as z from "zod";
import { readSettings, settingsSchema } from "../../../src/bridge/settingsTable.ts";
import { OpenApiDocument } from "../checks/openApiDocument.ts";
import type { Snippet } from "./snippets.ts";

const PREFIX = "kiroBridge.";
const document = new OpenApiDocument();
const object = z.record(z.string(), z.unknown());

/** Checks an example against a schema of docs/openapi.json: it is valid, and has no field that is not described. */
export function checkAgainstSchema({ code, place }: Snippet, name: string): void {
  const schema = document.components.schemas[name];
  assert.ok(schema !== undefined, `${place}: docs/openapi.json has no schema ${name}`);
  const value = object.parse(JSON.parse(code));
  const read = document.reader(schema).safeParse(value);
  assert.ok(read.success, `${place}: ${read.error?.message}`);
  const { properties } = z.object({ properties: object }).parse(schema);
  assert.deepEqual(
    Object.keys(value).filter((field) => !(field in properties)),
    [],
    `${place} has fields that ${name} does not have`,
  );
}

/** Checks an excerpt of the editor's settings: each name exists, and each value is accepted. */
export function checkSettings({ code, place }: Snippet): void {
  const values = object.parse(JSON.parse(code));
  const names = Object.keys(values).map((name) => (name.startsWith(PREFIX) ? name.slice(PREFIX.length) : name));
  assert.deepEqual(
    names.filter((name) => !(name in settingsSchema.shape)),
    [],
    `${place} has settings that do not exist`,
  );
  assert.deepEqual(readSettings((key) => values[PREFIX + key]).problems, [], place);
}
