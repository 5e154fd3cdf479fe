import type { IncomingMessage } from "node:http";
import { StringDecoder } from "node:string_decoder";
import { type RawData, WebSocket } from "ws";
import { startDeadline } from "../../base/deadline.ts";
import type { Cli } from "../cli.ts";
import type { Connection } from "../connection/connect.ts";
import { CliFailure, type ExitCode, exitCodeOf, exitCodes } from "../exitCodes.ts";
import { isObject, objectOf } from "../../client/http/failure.ts";
import { readStart } from "../connection/readStart.ts";
import { plainLine } from "../output/plainText.ts";
import { TerminalFilter } from "../output/terminalFilter.ts";

const SUBPROTOCOL = "kiro-terminal.json";
/** The deadline of the handshake, or of its refusal, in milliseconds. */
const OPEN_MS = 30_000;
/** Below the limit of the bridge for a message, 1 MiB, in the worst case of JSON. */
const MAX_INPUT = 100_000;
/** Reading stops while more than this is not sent. */
const MAX_UNSENT = 1024 * 1024;

interface TerminalOptions {
  readonly place: { readonly windowId?: string; readonly workspacePath?: string };
  /** True to pass all control sequences on. */
  readonly isRaw: boolean;
}

/** One frame of the bridge (docs/wire-contract.md#66-terminal). */
type Frame =
  | { readonly type: "branch"; readonly branch: string }
  | { readonly type: "output"; readonly data: string }
  | { readonly type: "exit"; readonly code: number | null; readonly signal: string | null };

/** Connects stdin and stdout to a Kiro CLI of the editor until that ends. */
export async function runTerminal(cli: Cli, connection: Connection, options: TerminalOptions): Promise<ExitCode> {
  const { signal } = cli.interrupts;
  signal.throwIfAborted();
  const socket = open(cli, connection, options);
  const filter = new TerminalFilter();
  let exitCode: ExitCode = exitCodes.failed.code;
  const ended = new Promise<ExitCode>((resolve, reject) => {
    socket.on("unexpected-response", (_request, response) => void refusal(response).then(reject));
    socket.on("error", (error: Error) => reject(new CliFailure(exitCodes.unreachable.code, error.message)));
    socket.on("close", (code, reason) =>
      code === 1000 ? resolve(exitCode) : reject(closeFailure(code, reason.toString())),
    );
    const giveUp = (reason: unknown): void => {
      reject(reason);
      socket.terminate();
    };
    signal.addEventListener("abort", () => giveUp(signal.reason));
    const deadline = startDeadline(OPEN_MS, () => giveUp(late()));
    socket.once("open", () => void deadline.dispose());
  });
  socket.on("message", (message) => {
    const frame = frameOf(message);
    if (frame === undefined) return;
    if (cli.out.isJson) cli.out.jsonLine(frame);
    if (frame.type === "exit") exitCode = frame.code === 0 ? exitCodes.done.code : exitCodes.failed.code;
    else if (frame.type === "output" && !cli.out.isJson)
      cli.out.write(options.isRaw ? frame.data : filter.next(frame.data));
    else if (frame.type === "branch") cli.out.note(cli.out.noteStyle.dim(`on branch ${plainLine(frame.branch)}`));
    socket.pause();
    void cli.out.caughtUp(signal).then(() => socket.resume());
  });
  socket.once("open", () => sendInput(socket));
  const code = await ended;
  cli.out.endLine();
  return code;
}

function open({ version }: Cli, { client: { baseUrl }, token }: Connection, { place }: TerminalOptions): WebSocket {
  const url = new URL("/terminal", baseUrl.replace(/^http/, "ws"));
  for (const [name, value] of Object.entries(place)) url.searchParams.set(name, value);
  return new WebSocket(url, SUBPROTOCOL, {
    headers: {
      "User-Agent": `kiro-bridge-cli/${version}`,
      ...(token !== undefined && { Authorization: `Bearer ${token}` }),
    },
    followRedirects: false,
    maxPayload: 16 * 1024 * 1024,
  });
}

/** Sends stdin, and /quit at its end, because the bridge cannot close the input of a CLI. */
function sendInput(socket: WebSocket): void {
  const { stdin } = process;
  const decoder = new StringDecoder("utf8");
  const send = (data: string): void => {
    for (let at = 0; at < data.length; at += MAX_INPUT) {
      socket.send(JSON.stringify({ type: "input", data: data.slice(at, at + MAX_INPUT) }), () => {
        if (socket.bufferedAmount < MAX_UNSENT) stdin.resume();
      });
    }
    if (socket.bufferedAmount >= MAX_UNSENT) stdin.pause();
  };
  stdin.on("data", (chunk: Buffer) => send(decoder.write(chunk)));
  stdin.once("end", () => send(`${decoder.end()}/quit\n`));
}

function frameOf(message: RawData): Frame | undefined {
  // Frames of text arrive as one buffer.
  const value = objectOf(Buffer.isBuffer(message) ? message.toString() : "");
  return value !== undefined && isFrame(value) ? value : undefined;
}

function isFrame(value: object): value is Frame {
  if (!("type" in value)) return false;
  if (value.type === "output") return "data" in value && typeof value.data === "string";
  return value.type === "exit" || (value.type === "branch" && "branch" in value && typeof value.branch === "string");
}

function late(): CliFailure {
  return new CliFailure(exitCodes.timedOut.code, `The terminal was not opened within ${OPEN_MS} ms.`);
}

/** Returns the failure of an upgrade that the bridge has refused with an error body. */
async function refusal(response: IncomingMessage): Promise<CliFailure> {
  const body = objectOf(await readStart(response).catch(() => "")) ?? {};
  const { code, message = `The bridge has refused the terminal: HTTP ${response.statusCode}.` } = body;
  const cause = isObject(body["context"]) ? body["context"]["cause"] : undefined;
  const exitCode = typeof code === "string" ? exitCodeOf(code, cause) : exitCodes.unreachable.code;
  return new CliFailure(exitCode, String(message));
}

/** The codes of docs/wire-contract.md#53-websocket that have an exit code of their own. */
const closeCodes: Readonly<Record<number, ExitCode>> = {
  1001: exitCodes.unreachable.code,
  1006: exitCodes.unreachable.code,
  1008: exitCodes.refused.code,
  4401: exitCodes.refused.code,
};

function closeFailure(code: number, reason: string): CliFailure {
  const message = `The connection has ended: ${reason === "" ? `code ${code}` : reason}`;
  return new CliFailure(closeCodes[code] ?? exitCodes.failed.code, message);
}
