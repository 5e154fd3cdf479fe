/**
 * A request that anybody can paste into a terminal; on Windows into the Command Prompt: PowerShell 5 passes no quotes on,
 * in any spelling. Elsewhere the token goes through a pipe, from a built-in of the shell: every user of the machine can
 * read the arguments of a program, which Windows does not allow.
 * @param token or what a shell makes into one inside double quotes
 */
export function curlLine(url: string, token: string | undefined, body: object, platform: NodeJS.Platform): string {
  const isWindows = platform === "win32";
  const request = `-H "Content-Type: application/json" -d ${quoted(JSON.stringify(body), platform)} ${url}/api/kiro/execute`;
  const program = `${isWindows ? "curl.exe" : "curl"} -sS`;
  if (token === undefined) return `${program} ${request}`;
  const header = `"Authorization: Bearer ${token}"`;
  return isWindows ? `${program} -H ${header} ${request}` : `printf %s ${header} | ${program} -H @- ${request}`;
}

/** What a terminal could take for a command of its own. */
const CONTROLS = /[\x7f-\x9f]/g;
/**
 * What the Command Prompt acts on, inside quotes or not, and what programs there take for the end of an argument. None of it
 * is JSON's own punctuation, so it is inside a string, where it can be spelled as a number.
 */
const WINDOWS_SPECIALS = /\\["\\]|[&|<>^%!()]/g;

/** The text of a request may be anybody's: pasted into a shell, it must be nothing but an argument. */
function quoted(json: string, platform: NodeJS.Platform): string {
  const plain = json.replace(CONTROLS, escaped);
  return platform === "win32"
    ? `"${plain.replace(WINDOWS_SPECIALS, escaped).replaceAll('"', '\\"')}"`
    : `'${plain.replaceAll("'", `'\\''`)}'`;
}

function escaped(match: string): string {
  return `\\u${match
    .charCodeAt(match.length - 1)
    .toString(16)
    .padStart(4, "0")}`;
}
