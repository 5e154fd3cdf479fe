import type { Command } from "commander";
import type { Start } from "../cli.ts";
import { plainLine } from "../output/plainText.ts";
import { table } from "../output/table.ts";
import { placeOf, type PlaceOptions, withPlace } from "./place.ts";

export function addSessions(program: Command, start: Start): void {
  const group = program.command("sessions").description("List or close conversations with Kiro CLI.");
  withPlace(group.command("list", { isDefault: true }).description("List the sessions; the default."))
    .addHelpText(
      "after",
      `
Example:
  kiro-bridge sessions`,
    )
    .action((options: PlaceOptions, command: Command) =>
      start(command, async ({ client, out, interrupts: { signal } }) => {
        const list = await (await client()).sessions.list(placeOf(options), { signal });
        const { sessions } = list;
        if (out.isJson) out.document(list);
        else if (sessions.length === 0) out.note("There are none.");
        else {
          const rows = sessions.map(({ id, name, state, turns, workspacePath }) => [
            id,
            name,
            state,
            String(turns),
            workspacePath,
          ]);
          out.write(table(["ID", "NAME", "STATE", "TURNS", "FOLDER"], rows, out.style));
        }
      }),
    );
  withPlace(group.command("close").description("End a session.").argument("<session>", "ID or name of the session"))
    .addHelpText(
      "after",
      `
Example:
  kiro-bridge sessions close default`,
    )
    .action((session: string, options: PlaceOptions, command: Command) =>
      start(command, async ({ client, out, interrupts: { signal } }) => {
        const closed = await (await client()).sessions.close(session, { ...placeOf(options), signal });
        if (out.isJson) out.document(closed);
        else out.write(`closed ${plainLine(closed.sessionId)}\n`);
      }),
    );
}
