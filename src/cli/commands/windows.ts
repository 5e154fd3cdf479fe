import type { Command } from "commander";
import type { WindowListing } from "../../client/index.ts";
import type { Start } from "../cli.ts";
import { type Cell, table } from "../output/table.ts";
import type { Style } from "../output/style.ts";

export function addWindows(program: Command, start: Start): void {
  program
    .command("windows")
    .description("List the editor windows at the address. --window of other commands takes their IDs.")
    .addHelpText(
      "after",
      `
Examples:
  kiro-bridge windows
  kiro-bridge exec workbench.action.files.saveAll --window "$(kiro-bridge windows --json | jq -r '.windows[0].id')"`,
    )
    .action((_options: unknown, command: Command) =>
      start(command, async ({ client, out, interrupts: { signal } }) => {
        const list = await (await client()).windows({ signal });
        const rows = list.windows.map((each) => rowOf(each, out.style));
        if (out.isJson) out.document(list);
        else out.write(table(["ID", "STATE", "EDITOR", "FOLDERS"], rows, out.style));
      }),
    );
}

function rowOf({ id, state, editor, workspaceFolders, focused, owner }: WindowListing, style: Style): readonly Cell[] {
  const paint = state === "ready" ? style.green : state === "busy" ? style.yellow : style.red;
  const marks = [focused ? "focused" : "", owner ? "has the address" : ""].filter((mark) => mark !== "");
  const name = marks.length === 0 ? editor : `${editor} (${marks.join(", ")})`;
  return [id, { text: state, paint }, name, workspaceFolders.join(", ") || "-"];
}
