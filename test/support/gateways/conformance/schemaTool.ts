import { fromJsonSchema, type McpServer } from "@modelcontextprotocol/server";
import * as z from "zod";

const text = { type: "string" };
/** Parsed, because an object with a `then` could be awaited. */
const CONDITION =
  '{"if":{"properties":{"contactMethod":{"const":"phone"}},"required":["contactMethod"]},"then":{"required":["phone"]},"else":{"required":["email"]}}';

/** The keywords of JSON Schema 2020-12 that a server must pass on. */
const schema = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  type: "object",
  $defs: { address: { $anchor: "addressDef", type: "object", properties: { street: text, city: text } } },
  properties: {
    name: text,
    address: { $ref: "#/$defs/address" },
    contactMethod: { type: "string", enum: ["phone", "email"] },
    phone: text,
    email: text,
  },
  allOf: [{ anyOf: [{ required: ["phone"] }, { required: ["email"] }] }],
  ...z.record(z.string(), z.unknown()).parse(JSON.parse(CONDITION)),
  additionalProperties: false,
};

export function addSchemaTool(server: McpServer): void {
  const description = "Tool with JSON Schema 2020-12 features";
  server.registerTool("json_schema_2020_12_tool", { description, inputSchema: fromJsonSchema(schema) }, () => ({
    content: [],
  }));
}
