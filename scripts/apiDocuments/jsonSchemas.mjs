import * as z from "zod";
import { pluginManifestSchema } from "../../src/plugins/manifest/pluginManifest.ts";
import { eventSchemas } from "../../src/protocol/openapi/eventSchemas.ts";
import { simplify } from "../../src/protocol/openapi/simplify.ts";
import { runExportSchema } from "../../src/protocol/runExport.ts";
import { bridgeEntrySchema } from "../../src/windows/bridgeEntry.ts";

const schemas = {
  "bridge-json": {
    schema: bridgeEntrySchema,
    title: "Discovery file of Kiro Bridge",
    description: "bridge.json in the .kiro-bridge folder of the home directory: the address and the token.",
  },
  "run-export": {
    schema: runExportSchema,
    title: "Run exported by Kiro Bridge",
    description: "The file that the command Export Run… saves: an execution with all its events.",
  },
  events: {
    schema: z.union([...eventSchemas.values()]),
    title: "Event of Kiro Bridge",
    description: "An event of a WebSocket or an event stream, distinguished by type. Further types may be added.",
  },
};

/** Returns the JSON Schemas (draft 2020-12) of files and events, and that of plugins, by file name. */
export function jsonSchemas() {
  const common = Object.entries(schemas).map(([name, { schema, title, description }]) => [
    `${name}.schema.json`,
    { $schema: "https://json-schema.org/draft/2020-12/schema", title, description, ...plain(schema) },
  ]);
  return { ...Object.fromEntries(common), "plugin.schema.json": pluginSchema() };
}

/** The schema for `.claude-plugin/plugin.json`, in the draft that the JSON support of editors knows completely. */
function pluginSchema() {
  const override = ({ jsonSchema }) => simplify(jsonSchema, "input");
  const { $schema, ...rest } = z.toJSONSchema(pluginManifestSchema, {
    target: "draft-7",
    io: "input",
    unrepresentable: "any",
    override,
  });
  const description = ".claude-plugin/plugin.json of a plugin of Kiro Bridge. Further keys are for other programs.";
  return { $schema, title: "Manifest of a plugin", description, ...rest };
}

/** Later versions add fields, and so no schema forbids them. */
function plain(schema) {
  const override = ({ jsonSchema }) => simplify(jsonSchema, "output");
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: "output", unrepresentable: "any", override });
  return rest;
}
