import { parentPort } from "node:worker_threads";
import { problemOfSchema, problemOfValue } from "./jsonSchema.ts";
import type { SchemaReply, SchemaTask } from "./schemaTask.ts";

// A bundle of its own, which `SchemaChecks` runs in a thread: so that a schema which takes for ever takes nothing with it.
parentPort?.on("message", ({ id, schema, subject }: SchemaTask) => {
  tell({ id, problem: subject === undefined ? problemOfSchema(schema) : problemOfValue(schema, subject.value) });
});
tell("ready");

function tell(reply: SchemaReply): void {
  parentPort?.postMessage(reply, []);
}
