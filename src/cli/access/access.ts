import { type Command, Option } from "commander";
import { type GrantedScope, roleNames } from "../../protocol/access.ts";
import { AccessCalls } from "./accessCalls.ts";
import type { Cli, Start } from "../cli.ts";
import { usageFailure } from "../exitCodes.ts";
import { parseDuration } from "../output/duration.ts";
import { plainLine } from "../output/plainText.ts";
import { table } from "../output/table.ts";
import { parseScopes } from "../commands/pair.ts";

const HOUR_MS = 3_600_000;

interface CreateOptions {
  readonly name: string;
  readonly role?: (typeof roleNames)[number];
  readonly scopes?: GrantedScope[];
  readonly for?: number;
}

export function addAccess(program: Command, start: Start): void {
  const group = program.command("access").description("Let programs in, and take their access back.");
  const command = (name: string, description: string, example: string): Command =>
    group.command(name).description(description).addHelpText("after", `\nExample:\n  kiro-bridge access ${example}`);

  command("list", "List the programs that wait for a decision, and those that have access.", "list").action(
    (_options: unknown, called: Command) => start(called, list),
  );
  command("approve", "Let a program in.", "approve K7QF-2M9X --for 8h")
    .argument("<code>", "the code that the program and the log of the server show")
    .option(
      "--for <duration>",
      "end of the access, in whole hours; by default it ends when it is revoked",
      parseDuration,
    )
    .action((code: string, options: { readonly for?: number }, called: Command) =>
      start(called, (cli) => decide(cli, code, { decision: "allow", ...hoursOf(options.for) })),
    );
  command("deny", "Turn a program away.", "deny K7QF-2M9X")
    .argument("<code>", "the code that the program and the log of the server show")
    .action((code: string, _options: unknown, called: Command) =>
      start(called, (cli) => decide(cli, code, { decision: "deny" })),
    );
  command("revoke", "End the access of a program.", "revoke 1f0c2d34")
    .argument("<id>", "ID of the client, or its beginning")
    .action((id: string, _options: unknown, called: Command) => start(called, (cli) => revoke(cli, id)));
  command("create", "Create a token for a program, and print it.", "create --name nightly --role ci --for 24h")
    .requiredOption("--name <name>", "name of the program, for people")
    .addOption(new Option("--role <role>", "permissions").choices(roleNames))
    .option("--scopes <scopes>", "permissions one by one, separated by commas, instead of a role", parseScopes)
    .option("--for <duration>", "end of the access; by default it ends when it is revoked", parseDuration)
    .action((options: CreateOptions, called: Command) => start(called, (cli) => create(cli, options)));
}

async function list(cli: Cli): Promise<void> {
  const { out } = cli;
  const calls = await AccessCalls.connect(cli);
  const [{ requests }, { clients, problem }] = await Promise.all([calls.requests(), calls.clients()]);
  if (out.isJson) {
    out.document({ requests, clients, problem });
    return;
  }
  if (problem !== undefined) out.note(plainLine(problem));
  if (requests.length > 0) {
    const rows = requests.map(({ code, name, scopes, from = "" }) => [code, name, from, scopes.join(",")]);
    out.write(table(["CODE", "WAITS", "FROM", "SCOPES"], rows, out.style));
  }
  if (clients.length > 0) {
    const rows = clients.map(({ id, name, expiresAt = "never", scopes }) => [id, name, expiresAt, scopes.join(",")]);
    out.write(table(["ID", "CLIENT", "ENDS", "SCOPES"], rows, out.style));
  }
  if (requests.length + clients.length === 0) out.note("No program waits, and none has access of its own.");
}

async function decide(
  cli: Cli,
  code: string,
  decision: { readonly decision: "allow" | "deny"; readonly hours?: number },
): Promise<void> {
  const { out } = cli;
  const calls = await AccessCalls.connect(cli);
  const { id, name, scopes } = await calls.requestOf(code);
  await calls.decide(id, decision);
  const status = decision.decision === "allow" ? "allowed" : "denied";
  if (out.isJson) out.document({ id, name, status });
  else out.write(`${status} ${plainLine(name)}${status === "allowed" ? `: ${scopes.join(",")}` : ""}\n`);
}

async function revoke(cli: Cli, begin: string): Promise<void> {
  const { out } = cli;
  const calls = await AccessCalls.connect(cli);
  const found = (await calls.clients()).clients.filter(({ id }) => id.startsWith(begin));
  const [client] = found;
  if (client === undefined) throw usageFailure(`No client has an ID that begins with ${begin}.`);
  if (found.length > 1) throw usageFailure(`${found.length} clients have an ID that begins with ${begin}.`);
  await calls.revoke(client.id);
  if (out.isJson) out.document({ id: client.id, name: client.name, status: "revoked" });
  else out.write(`revoked ${plainLine(client.name)}\n`);
}

async function create(cli: Cli, { name, role, scopes, for: lifetimeMs }: CreateOptions): Promise<void> {
  if ((role === undefined) === (scopes === undefined)) throw usageFailure("Give either --role or --scopes.");
  const { out } = cli;
  const calls = await AccessCalls.connect(cli);
  const expiresInSeconds = lifetimeMs === undefined ? undefined : Math.max(1, Math.round(lifetimeMs / 1000));
  const made = await calls.create({ name, role, scopes, expiresInSeconds });
  if (out.isJson) out.document(made);
  else out.text(made.token);
}

/** Rounds up: an access lasts for whole hours. */
function hoursOf(ms: number | undefined): { readonly hours?: number } {
  return ms === undefined ? {} : { hours: Math.ceil(ms / HOUR_MS) };
}
