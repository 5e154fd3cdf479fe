import { spawnSync } from "node:child_process";
import { curlLine } from "../../src/dashboard/channel/curlLine.ts";
import { whoIsAt } from "../../src/server/listen/portProbe.ts";
import { askHealth, execute } from "../../test/support/editor/bridge.ts";

/** Opens an untitled file: harmless, with a visible effect. */
const request = { command: "workbench.action.files.newUntitledFile" };

const prompt = { command: "Hello Kiro", target: "cli" };

/**
 * Prints where the bridge is and how to call it, runs that command once, and prints the response. Returns true if the
 * request succeeded.
 */
export async function showBridge(bridge, notes) {
  const health = await askHealth(bridge.url);
  if (health !== "healthy") throw new Error(`The bridge at ${bridge.url} reports the status ${health}.`);
  if ((await whoIsAt(bridge.url, bridge.token)) !== "bridge")
    throw new Error(`The server at ${bridge.url} is not the bridge of ${bridge.file}.`);
  const line = pasteableLine(bridge, request);
  console.log(`
Bridge:  ${bridge.url} (healthy)
Token:   in ${bridge.file}, readable only by you
${notes.join("\n")}

Ask Kiro:

${pasteableLine(bridge, prompt)}

Run an editor command (this one is sent now):

${line}
`);
  const answer = await runLine(line, bridge);
  console.log(answer);
  return isSuccess(answer);
}

/** Returns a command that reads the token from its file, so that it can be shown, logged and stored. */
function pasteableLine({ url, file }, body) {
  if (process.platform === "win32") {
    const token = `$((Get-Content -Raw '${file.replaceAll("'", "''")}' | ConvertFrom-Json).token)`;
    return `Invoke-RestMethod -Method Post -Uri ${url}/api/kiro/execute -ContentType application/json -Headers @{ Authorization = "Bearer ${token}" } -Body '${JSON.stringify(body)}' | ConvertTo-Json`;
  }
  const script = `JSON.parse(fs.readFileSync(${JSON.stringify(file)})).token`;
  return curlLine(url, `$(node -p '${script.replaceAll("'", "'\\''")}')`, body, process.platform);
}

async function runLine(line, bridge) {
  const [shell, ...args] =
    process.platform === "win32" ? ["powershell", "-NoProfile", "-Command", line] : ["sh", "-c", line];
  const { status, stdout, stderr } = spawnSync(shell, args, { encoding: "utf8" });
  if (status === 0) return stdout;
  console.log(
    `(The command could not be run here, so the request was sent directly: ${stderr.trim() || `exit code ${status}`})`,
  );
  return JSON.stringify((await execute(bridge, request)).body);
}

function isSuccess(answer) {
  try {
    return JSON.parse(answer).success === true;
  } catch {
    return false;
  }
}
