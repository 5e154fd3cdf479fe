import { join } from "node:path";
import { type Command, Argument } from "commander";
import { discoveryFolder } from "../../client/discovery/entries.ts";
import { nodeParts } from "../../client/discovery/node.ts";
import type { Cli, Start } from "../cli.ts";
import { usageFailure } from "../exitCodes.ts";
import { readInput } from "../connection/givenToken.ts";
import { loadServer } from "./installation.ts";

const kinds = ["engine", "export", "nats"] as const;
type Kind = (typeof kinds)[number];

/** Adds the commands that keep the secrets of a server. */
export function addServeSecret(serve: Command, start: Start): void {
  const group = serve.command("secret").description("Store or remove a secret of this user's servers.");
  const command = (name: string, description: string, example: string): Command =>
    group
      .command(name)
      .description(description)
      .addArgument(new Argument("<kind>", "what it is for").choices(kinds))
      .argument("[name]", "ID of the engine or of the destination; none for nats")
      .addHelpText("after", `\nExample:\n  ${example}`);

  command(
    "set",
    "Store the secret that stdin has, so that only this user can read it.",
    "kiro-bridge serve secret set engine openai < /run/secrets/openai",
  ).action((kind: Kind, name: string | undefined, _options: unknown, called: Command) =>
    start(called, async (cli) => {
      const text = (await readInput(cli.interrupts.signal)).replace(/\r?\n$/, "");
      if (text === "") throw usageFailure("stdin has no secret.");
      await store(cli, { kind, name, text });
    }),
  );
  command("remove", "Remove a secret.", "kiro-bridge serve secret remove nats").action(
    (kind: Kind, name: string | undefined, _options: unknown, called: Command) =>
      start(called, (cli) => store(cli, { kind, name, text: undefined })),
  );
}

async function store(
  { out }: Cli,
  secret: { readonly kind: Kind; readonly name: string | undefined; readonly text: string | undefined },
): Promise<void> {
  if (secret.kind !== "nats" && secret.name === undefined) throw usageFailure("Name the engine or the destination.");
  const storage = join(discoveryFolder(nodeParts()), "server");
  await loadServer().storeSecret({ ...secret, storage });
  out.note(secret.text === undefined ? "The secret is removed." : "The secret is stored.");
}
