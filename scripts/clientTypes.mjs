// Writes src/client/wireTypes.ts, the types of the wire without zod, from the schemas in src/protocol. With --check, only
// verifies it.
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import * as z from "zod";
import { commandRulesSchema, principalKinds, principalLimitsSchema, roleNames } from "../src/protocol/access.ts";
import { errorCodes } from "../src/protocol/errors.ts";
import { eventPayloads } from "../src/protocol/events.ts";
import { requesterSchema } from "../src/protocol/executions.ts";
import { executionStatuses } from "../src/protocol/executionStatus.ts";
import { inputTypes } from "../src/protocol/input.ts";
import { createOpenApi } from "../src/protocol/openapi/createOpenApi.ts";
import { chatStreamPayloads } from "../src/protocol/openapi/eventSchemas.ts";
import { runExportSchema } from "../src/protocol/runExport.ts";
import { socketMethods, socketReplySchema } from "../src/protocol/socket.ts";
import { unavailableCauses } from "../src/protocol/unavailable.ts";
import { declarationOf, EVENT_FIELDS } from "./clientTypes/declaration.mjs";

const file = "src/client/wireTypes.ts";
const { paths, components } = createOpenApi("0.0.0");

/** Types of values that occur in several others, with their names. */
const enums = [
  { name: "ErrorCode", values: errorCodes, doc: "Identifies an error of the bridge (docs/wire-contract.md#3-errors)." },
  { name: "EventType", values: Object.keys(eventPayloads), doc: "The type of an event." },
  { name: "ExecutionStatus", values: executionStatuses, doc: "The status of an execution." },
  { name: "InputType", values: inputTypes, doc: "The type of the answer to a question." },
  { name: "KiroStatusType", values: ["ready", "busy", "unavailable"], doc: "The status of the bridge." },
  { name: "PrincipalKind", values: principalKinds, doc: "The kind of a principal. Further values may be added." },
  { name: "Role", values: roleNames, doc: "A named bundle of scopes." },
  { name: "UnavailableCause", values: unavailableCauses, doc: "The exact cause of a `KIRO_UNAVAILABLE`." },
];

/** Types of objects that occur in several others, with their names. */
const shapes = {
  ...jsonSchemas({ CommandRules: commandRulesSchema, PrincipalLimits: principalLimitsSchema }, "input"),
  ...jsonSchemas({ Requester: requesterSchema, FileDiff: eventPayloads["tool-call"].shape.diffs.unwrap().element }),
};

/** Doc comments of types that neither an operation nor a description explains. */
const docs = {
  AccessClient: "A client that was let in.",
  AuditEntry: "One entry of the audit log.",
  BusAnswer: "The response to a request with operations on the bus: a reply, or the `replies` to a list.",
  BusFrame: "A frame that the bridge sends over the bus, other than a reply.",
  BusMessage: "A message on the bus, as subscribers receive it.",
  BusReply: "The reply to an operation on the bus, with either `result` or `error`.",
  BusRequest: "An operation on the bus.",
  NewBusMessage: "A message on the bus, as its publisher gives it.",
  ChatStreamPayloads: "The `data` of the events in the stream of a chat, by the name of the event.",
  ChatStreamEvent: "The `data` of any event in the stream of a chat.",
  CommandRules: "Patterns of command IDs with `*`. `deny` takes precedence.",
  TurnUsage: "What a turn has used, as far as the agent says it.",
  FileDiff: "A change of a file by a tool.",
  PrincipalLimits: "Limits of one principal.",
  CliStatus: "The status of Kiro CLI.",
  Command: "A command that programs can ask for.",
  CommandExecution: "An execution: one accepted request and everything that happened to it.",
  EngineStatus: "The state of an engine: a model that the user has configured as an agent.",
  ExportDeadLetter: "An event that a destination has refused, without its content.",
  ExportDestination: "A destination of exports and how it fares, in one window.",
  ErrorBody: "The body of every error response.",
  ExecuteCommandError: "The body of an error response to a request to execute a command.",
  KiroSession: "A session: a named conversation with Kiro CLI.",
  OAuthClient: "An OAuth client, as registered.",
  OAuthError: "The body of an error response of the OAuth endpoints.",
  OAuthTokens: "The tokens of an OAuth client.",
  PairAllowed: "The user has let the program in. The token is sent once.",
  PairPending: "A request for access that the user has not decided on.",
  PairRequest: "A program that asks for access, as shown to those who decide.",
  PendingInput: "A question of an execution that waits for the answer.",
  Principal: "Names the sender of a request, in records and events.",
  RunExport: "A file with one execution and its events.",
  Scope: "A permission (docs/wire-contract.md#16-scopes).",
  SocketParams: "The `params` of a request over the WebSocket, by method.",
  SocketReply: "A reply over the WebSocket, with either `result` or `error`.",
  Window: "A window of the editor.",
  WindowListing: "A window of the editor, as listed by the owner of the address.",
};

/** Fields of which a request has at most one, or exactly one. */
const exclusive = {
  ChatRequest: { fields: ["prompt", "message"], isRequired: true },
  ExecuteCommandRequest: { fields: ["args", "params"], isRequired: false },
  NewClientAsk: { fields: ["scopes", "role"], isRequired: true },
  PairAsk: { fields: ["scopes", "role"], isRequired: true },
};

const schemas = { ...components.schemas, ...shapes, ...others() };
// Types that JSON Schema cannot express. The targets are suggestions.
schemas.Scope.tsType = `ScopeName | \`bus:\${"publish" | "subscribe"}:\${string}\``;
schemas.ExecuteCommandRequest.properties.target.tsType = `"auto" | "editor" | "cli" | (string & {})`;
const context = { enums, shapes, exclusive, docOf };
const body = Object.entries(schemas).map(([name, schema]) => declarationOf(name, schema, context));
const wanted = formatted(
  [
    "// Written by `node scripts/clientTypes.mjs` from the schemas in src/protocol: do not edit.",
    ...enums.map(({ name, values, doc }) => `/** ${doc} */\nexport type ${name} = ${unionOf(values)};`),
    EVENT_FIELDS,
    `/** The name of a scope. */\nexport type ScopeName = ${unionOf(components.schemas.Scope.examples)};`,
    ...body,
    '/** The part of the status that the original API called `KiroStatus`. */\nexport type KiroStatus = Pick<KiroStatusResponse, "status" | "currentCommand" | "version">;',
    "/** Any value of JSON. */\nexport type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };",
  ].join("\n\n"),
);

if (!process.argv.includes("--check")) {
  writeFileSync(file, wanted);
} else if (readFileSync(file, "utf8") !== wanted) {
  console.error(`${file} is out of date: run node scripts/clientTypes.mjs.`);
  process.exitCode = 1;
}

/** Schemas that are not in the OpenAPI document. */
function others() {
  const requests = jsonSchemas({ SocketParams: z.strictObject(socketMethods) }, "input");
  const responses = jsonSchemas({
    ChatStreamPayloads: z.object(chatStreamPayloads),
    SocketReply: socketReplySchema,
    RunExport: runExportSchema,
  });
  return { ...requests, ...responses };
}

/** JSON Schemas by name. As in the OpenAPI document, only requests are strict. */
function jsonSchemas(named, io = "output") {
  const override = ({ jsonSchema }) => {
    if (io === "output" && jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
  };
  return Object.fromEntries(
    Object.entries(named).map(([name, schema]) => [
      name,
      z.toJSONSchema(schema, { io, override, unrepresentable: "any" }),
    ]),
  );
}

function unionOf(values) {
  return values.map((value) => JSON.stringify(value)).join(" | ");
}

/** The doc comment of a type: its description, or the operation that it belongs to. */
function docOf(name, schema) {
  const doc = docs[name] ?? schema.description ?? eventDoc(schema) ?? operationDoc(name);
  if (doc === undefined) throw new Error(`${name} has no doc comment: add one to scripts/clientTypes.mjs.`);
  return doc;
}

function eventDoc({ title, properties }) {
  return title !== undefined && properties?.type?.const === title ? `The event \`${title}\`.` : undefined;
}

function operationDoc(name) {
  for (const [path, operations] of Object.entries(paths)) {
    for (const [method, operation] of Object.entries(operations)) {
      const where = `\`${method.toUpperCase()} ${path}\``;
      if (refersTo(operation.requestBody, name)) return `The body of ${where}.`;
      for (const [status, response] of Object.entries(operation.responses))
        if (refersTo(response, name)) return `The response of ${where}${status === "200" ? "" : ` with ${status}`}.`;
    }
  }
  return undefined;
}

function refersTo(value, name) {
  return value !== undefined && JSON.stringify(value).includes(`"#/components/schemas/${name}"`);
}

function formatted(text) {
  const args = ["node_modules/@biomejs/biome/bin/biome", "format", `--stdin-file-path=${file}`];
  return execFileSync(process.execPath, args, { input: text, encoding: "utf8" });
}
