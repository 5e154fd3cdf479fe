import assert from "node:assert/strict";
import * as z from "zod";
import { readSettings, settingsSchema } from "../../../src/bridge/settingsTable.ts";
import { parseManifest } from "../../../src/plugins/manifest/parseManifest.ts";
import { OpenApiDocument } from "../checks/openApiDocument.ts";
import type { Snippet } from "./snippets.ts";

/** The name for the manifest of a plugin, which is no schema of the API. */
const MANIFEST = "plugin.json";
const PREFIX = "kiroBridge.";
const document = new OpenApiDocument();
const object = z.record(z.string(), z.unknown());

/** Checks an example against a schema of docs/openapi.json: it is valid, and has no field that is not described. */
export function checkAgainstSchema(snippet: Snippet, name: string): void {
  const { code, place } = snippet;
  if (name === MANIFEST) return checkManifest(code, place);
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

/** Checks the manifest of a plugin: it is valid, and has no key that is not known. */
export function checkManifest(text: string, place: string): void {
  const reading = parseManifest(text);
  assert.deepEqual(reading.kind === "valid" ? reading.warnings : reading.problems, [], place);
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
