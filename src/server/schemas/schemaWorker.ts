import { parentPort } from "node:worker_threads";
import { problemOfSchema, problemOfValue } from "../../protocol/schemas/jsonSchema.ts";
import type { SchemaReply, SchemaTask } from "./schemaTask.ts";

// A separate bundle that `SchemaChecks` runs in a worker thread, so that an endless check can be terminated.
parentPort?.on("message", ({ id, schema, subject }: SchemaTask) => {
  tell({ id, problem: subject === undefined ? problemOfSchema(schema) : problemOfValue(schema, subject.value) });
});
tell("ready");

function tell(reply: SchemaReply): void {
  parentPort?.postMessage(reply, []);
}
