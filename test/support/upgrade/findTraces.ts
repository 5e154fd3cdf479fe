import assert from "node:assert/strict";
import { join } from "node:path";
import * as z from "zod";
import { verifyAudit } from "../../../src/access/audit/reading/verifyAudit.ts";
import { auditFolder, listAuditFiles } from "../../../src/access/audit/auditFolder.ts";
import { accessClientListSchema } from "../../../src/protocol/pairing.ts";
import { executionListSchema, executionSchema } from "../../../src/protocol/executions.ts";
import { JournalIndex } from "../../../src/history/journal/journalIndex.ts";
import { JournalReader } from "../../../src/history/journal/journalReader.ts";
import { installSdk } from "../plugins/examplePlugin.ts";
import type { ModelServer } from "../models/modelServer.ts";
import { removeFolder, temporaryFolder } from "../temporaryFolder.ts";
import { type BridgePlace, callPlace } from "./bridgePlace.ts";
import { execute, requestTokens } from "./leaveTraces.ts";
import { leftByPlugin, runPluginProgram } from "./pluginProgram.ts";
import { ENGINE_ID, FIRST_ANSWER, FIRST_PROMPT, SESSION, type Traces } from "./traces.ts";

const chatSchema = z.object({ messages: z.array(z.looseObject({ role: z.string(), content: z.unknown() })) });

/** All runs are listed, and each can be read. */
export async function findRuns(place: BridgePlace, { runs }: Traces): Promise<void> {
  assert.ok(runs.length >= 4);
  const list = executionListSchema.parse((await callPlace(place, "/api/kiro/executions?limit=200")).json);
  const listed = new Map(list.executions.map((run) => [run.id, run]));
  for (const { id, command, status, output } of runs) {
    const found = listed.get(id);
    assert.deepEqual(found && [found.command, found.status, found.output], [command, status, output]);
    const read = executionSchema.parse((await callPlace(place, `/api/kiro/executions/${id}`)).json);
    assert.deepEqual([read.command, read.status, read.output], [command, status, output]);
  }
}

/** Each run has its steps and the versions that it ran with: what a user sees who opens or exports it. */
export async function findSteps(storage: string, { runs }: Traces): Promise<void> {
  const index = new JournalIndex(join(storage, "history"));
  await index.refresh();
  const reader = new JournalReader(index);
  try {
    for (const { id } of runs) {
      const run = index.newestFirst.find((each) => each.id === id) ?? assert.fail(`${id} is not in the journal`);
      const record = (await reader.record(run)) ?? assert.fail(`${id} cannot be read`);
      const types = (await reader.events(run, record)).map(({ type }) => type);
      assert.deepEqual([types[0], types.at(-1)], ["command-started", "command-completed"]);
      assert.ok((await reader.versions(run))?.bridge !== undefined);
    }
  } finally {
    await reader.dispose();
  }
}

/** Programs that were let in are still let in, with what they were allowed. */
export async function findClients(place: BridgePlace, { clients, grant }: Traces): Promise<void> {
  const list = accessClientListSchema.parse((await callPlace(place, "/api/kiro/access/clients")).json);
  assert.equal(list.problem, undefined);
  for (const { id, name, token } of clients) {
    assert.ok(list.clients.some((client) => client.id === id && client.name === name));
    const own = await callPlace({ ...place, token }, "/api/kiro/access/me");
    assert.equal(own.status, 200, own.text);
    assert.deepEqual(z.looseObject({ id: z.string(), name: z.string() }).parse(own.json).id, id);
  }
  if (grant === undefined) return;
  const own = await callPlace({ ...place, token: grant.access }, "/api/kiro/access/me");
  assert.equal(own.status, 200, own.text);
}

/** An OAuth client can renew its tokens, once each. @returns the traces with the new ones */
export async function renewGrant(place: BridgePlace, traces: Traces): Promise<Traces> {
  const { grant } = traces;
  if (grant === undefined) return traces;
  const form = { grant_type: "refresh_token", refresh_token: grant.refresh, client_id: grant.clientId };
  const { access_token: access, refresh_token: refresh } = await requestTokens(place, form);
  const own = await callPlace({ ...place, token: access }, "/api/kiro/access/me");
  assert.equal(own.status, 200, own.text);
  return { ...traces, grant: { ...grant, access, refresh } };
}

/** No line of the audit log was changed, and the new version goes on with it. */
export async function findAudit(home: string, { at }: Traces): Promise<void> {
  const folder = auditFolder(home);
  const verification = await verifyAudit(folder);
  const broken = verification.files.filter(({ isGood }) => !isGood);
  assert.deepEqual(broken, []);
  const earlier = (await listAuditFiles(folder)).filter(({ startedAt }) => startedAt < at);
  assert.ok(earlier.length > 0, "the files of before the update are gone");
}

/** The state of a plugin is there, and messages that it has not acknowledged come again. */
export async function findPlugin(place: BridgePlace): Promise<void> {
  const folder = await temporaryFolder();
  try {
    await installSdk(folder);
    const library = join(folder, "node_modules", "kiro-bridge", "plugin.js");
    assert.deepEqual(await runPluginProgram({ step: "find", place, library }), leftByPlugin);
  } finally {
    await removeFolder(folder);
  }
}

/** A conversation with an engine goes on: the model gets the turns of before. */
export async function continueConversation(place: BridgePlace, model: ModelServer): Promise<void> {
  const prompt = "What is my name?";
  await execute(place, { command: `kiro.engines.${ENGINE_ID}.chat`, args: [prompt], session: SESSION });
  const { messages } = chatSchema.parse(model.requests.at(-1)?.json);
  const turns = messages
    .filter(({ role }) => role !== "system")
    .map(({ role, content }) => `${role}: ${textOf(content)}`);
  assert.deepEqual(turns.slice(0, 2), [`user: ${FIRST_PROMPT}`, `assistant: ${FIRST_ANSWER}`]);
  assert.match(turns.at(-1) ?? "", /What is my name\?/);
}

function textOf(content: unknown): string {
  return typeof content === "string" ? content : JSON.stringify(content);
}
