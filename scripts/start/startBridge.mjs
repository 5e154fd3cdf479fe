// Builds and packs the extension, installs it into a real editor, waits for its bridge and calls it once; then runs
// until Ctrl+C. --once exits after the call. --editor desktop|code-server selects the editor.
import { parseArgs } from "node:util";
import { packExtension } from "../packExtension.mjs";
import { showBridge } from "./showBridge.mjs";
import { startCodeServer } from "./startCodeServer.mjs";
import { findCode, startDesktop } from "./startDesktop.mjs";

const interruption = new AbortController();
const interrupted = new Promise((resolve) => {
  interruption.signal.addEventListener("abort", () => resolve("interrupted"));
});
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => interruption.abort());

/** Settles as the work does, unless Ctrl+C comes first. Unfinished work ends at exit, with the process groups. */
async function uninterrupted(work) {
  const first = await Promise.race([work, interrupted]);
  if (first === "interrupted") throw new Error("Interrupted.");
  return first;
}

async function startEditor(wanted, vsix) {
  if (wanted === "code-server") return startCodeServer(vsix);
  const code = findCode();
  if (wanted === "desktop" && code === undefined)
    throw new Error("There is no desktop VS Code: no `code` on the PATH.");
  return code === undefined ? startCodeServer(vsix) : startDesktop(code, vsix);
}

/** Resolves with the exit code. */
async function main() {
  const { values } = parseArgs({ options: { once: { type: "boolean", default: false }, editor: { type: "string" } } });
  const vsix = await uninterrupted(packExtension(interruption.signal));
  const editor = await uninterrupted(startEditor(values.editor, vsix));
  try {
    const isAnswered = await uninterrupted(showBridge(await uninterrupted(editor.waitForBridge()), editor.notes));
    if (!values.once) {
      console.log("\nThe bridge stays on until you press Ctrl+C.");
      await interrupted;
    }
    return isAnswered ? 0 : 1;
  } finally {
    console.log("\nEnding …");
    await editor.end();
  }
}

const code = await main().catch((error) => {
  console.error(`\n${error.message}`);
  return 1;
});
process.exit(code);
