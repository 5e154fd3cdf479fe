import { hash, randomBytes } from "node:crypto";
import * as z from "zod";
import { withDeadline } from "../editor/deadline.ts";
import { until } from "../until.ts";
import { type BridgePlace, callPlace, type PlainAnswer } from "./bridgePlace.ts";
import { earlierVersions } from "./earlierVersions.ts";
import { runPluginProgram } from "./pluginProgram.ts";
import { ENGINE_ID, FIRST_PROMPT, partsSince, PROMPT, SESSION, type Traces } from "./traces.ts";

const REDIRECT = "http://127.0.0.1:4321/callback";
const APPROVAL_MS = 120_000;

const listSchema = z.object({
  executions: z.array(z.looseObject({ id: z.string(), command: z.string(), status: z.string(), output: z.string() })),
});
const newClientSchema = z.object({ token: z.string(), client: z.looseObject({ id: z.string(), name: z.string() }) });
const requestsSchema = z.object({ requests: z.array(z.looseObject({ id: z.string() })) });
const tokensSchema = z.looseObject({ access_token: z.string(), refresh_token: z.string() });
const registeredSchema = z.looseObject({ client_id: z.string() });

export interface LeaveTracesOptions {
  /** The name of the version that the bridge has. */
  readonly version: string;
  /** The folder that is open in the editor. */
  readonly folder: string;
  /** The library for plugins of that version, an ES module; needed if it has plugins. */
  readonly pluginLibrary?: string | undefined;
}

/** Returns true if a version has a part of the bridge. */
export function hasPart(version: string, part: keyof typeof partsSince): boolean {
  const names = earlierVersions.map(({ name }) => name);
  const at = names.indexOf(version);
  // A version that is not in the list is newer than those of it.
  return at === -1 || at >= names.indexOf(partsSince[part]);
}

/** Uses an earlier bridge in an editor as a user and programs do, as far as it has the parts. */
export async function leaveTraces(place: BridgePlace, options: LeaveTracesOptions): Promise<Traces> {
  const { version, folder, pluginLibrary } = options;
  const has = (part: keyof typeof partsSince): boolean => hasPart(version, part);
  for (let count = 0; count < 3; count++)
    await execute(place, { command: "workbench.action.closeSidebar", args: [`before the update ${count}`] });
  await execute(place, { command: "kiro.cli.chat", args: [PROMPT], session: "greeting" });
  if (has("engines"))
    await execute(place, { command: `kiro.engines.${ENGINE_ID}.chat`, args: [FIRST_PROMPT], session: SESSION });
  const clients = has("access") ? [await createClient(place), await pair(place)] : [];
  const grant = has("access") ? await authorize(place) : undefined;
  const hasPlugin = has("plugins") && pluginLibrary !== undefined;
  if (hasPlugin) await runPluginProgram({ step: "leave", place, library: pluginLibrary });
  const runs = await endedRuns(place);
  return {
    version,
    at: Date.now(),
    ownerToken: place.token,
    folder,
    runs,
    clients,
    ...(grant !== undefined && { grant }),
    hasPlugin,
    hasConversation: has("engines"),
    waiting: has("exports") ? runs.map(({ id }) => id) : [],
  };
}

/** Runs a command to its end. @throws Error unless it completes */
export async function execute(place: BridgePlace, request: object): Promise<{ readonly output: string }> {
  const { status, json, text } = await callPlace(place, "/api/kiro/execute", request);
  const parsed = z.looseObject({ status: z.string(), output: z.string() }).safeParse(json);
  if (status !== 200 || parsed.data?.status !== "completed") throw new Error(`${JSON.stringify(request)}: ${text}`);
  return parsed.data;
}

async function endedRuns(place: BridgePlace): Promise<Traces["runs"]> {
  const { json } = await callPlace(place, "/api/kiro/executions?limit=200");
  return listSchema.parse(json).executions.map(({ id, command, status, output }) => ({ id, command, status, output }));
}

type Client = Traces["clients"][number];

async function createClient(place: BridgePlace): Promise<Client> {
  const body = { name: "build server", role: "operator" };
  return clientOf(newClientSchema.parse((await callPlace(place, "/api/kiro/access/clients", body)).json));
}

function clientOf({ token, client }: z.infer<typeof newClientSchema>): Client {
  return { id: client.id, name: client.name, token };
}

/** A program asks to be let in, and the user allows it. */
async function pair(place: BridgePlace): Promise<Client> {
  const program = { ...place, token: "" };
  const asked = await callPlace(program, "/api/kiro/pair", { name: "script", role: "viewer" });
  const decided = callPlace(program, asked.headers.get("location") ?? "");
  await allowAll(place);
  const answer = await withDeadline(decided, APPROVAL_MS, "the token of a program that was let in");
  return clientOf(newClientSchema.parse(answer.json));
}

/** Allows the one request that waits. */
async function allowAll(place: BridgePlace): Promise<void> {
  const pending = async () => requestsSchema.parse((await callPlace(place, "/api/kiro/access/requests")).json).requests;
  await until(async () => (await pending()).length > 0, "a request to be let in");
  for (const { id } of await pending())
    await callPlace(place, `/api/kiro/access/requests/${id}`, { decision: "allow" });
}

async function authorize(place: BridgePlace): Promise<Traces["grant"]> {
  const program = { ...place, token: "" };
  const verifier = randomBytes(32).toString("base64url");
  const registration = { client_name: "assistant", redirect_uris: [REDIRECT] };
  const registered = await callPlace(program, "/oauth/register", registration);
  const { client_id: clientId } = registeredSchema.parse(registered.json);
  const query = new URLSearchParams({
    response_type: "code",
    client_id: clientId,
    redirect_uri: REDIRECT,
    state: "the state",
    code_challenge: hash("sha256", verifier, "base64url"),
    code_challenge_method: "S256",
  });
  const page = await callPlace(program, `/oauth/authorize?${query.toString()}`);
  await allowAll(place);
  const location = (await callPlace(program, nextOf(page))).headers.get("location") ?? "";
  const code = new URL(location).searchParams.get("code") ?? "";
  const form = { grant_type: "authorization_code", redirect_uri: REDIRECT, code_verifier: verifier, code };
  const tokens = await requestTokens(place, { client_id: clientId, ...form });
  return { clientId, access: tokens.access_token, refresh: tokens.refresh_token };
}

/** The address that the page of an authorization loads next. */
function nextOf({ text }: PlainAnswer): string {
  const next = /http-equiv="refresh" content="1; url=([^"]+)"/.exec(text)?.[1];
  if (next === undefined) throw new Error(`The page loads nothing: ${text}`);
  return next;
}

/** Asks the token endpoint. @throws ZodError if it refuses */
export async function requestTokens(
  place: BridgePlace,
  form: Readonly<Record<string, string>>,
): Promise<z.infer<typeof tokensSchema>> {
  const body = new URLSearchParams(form).toString();
  return tokensSchema.parse((await callPlace({ ...place, token: "" }, "/oauth/token", body)).json);
}
