import type { CliProgram } from "../../../../../src/agents/agent.ts";

/** What a scripted agent sends; the number of the turn's own answer is put in by it. */
export type ScriptedMessage = Readonly<Record<string, unknown>>;

export interface Script {
  /** Sent in one write with the answer to `session/new`: no turn has begun. */
  readonly beforeTurns?: readonly ScriptedMessage[];
  /** Sent when the first prompt has come. */
  readonly inTurn?: readonly ScriptedMessage[];
  /** Sent in one write with the end of the first turn: it has just ended. */
  readonly afterTurn?: readonly ScriptedMessage[];
}

/** Reads lines and answers by the script. When it knows the answers to all its requests, a second prompt is answered with them. */
const AGENT = `
  const { beforeTurns = [], inTurn = [], afterTurn = [] } = JSON.parse(process.env.SCRIPT);
  const requests = [beforeTurns, inTurn, afterTurn].flat().filter(({ id }) => id !== undefined).length;
  const answers = {};
  let turns = 0;
  let tellAnswers = () => undefined;
  const send = (...messages) =>
    process.stdout.write(messages.map((message) => JSON.stringify({ jsonrpc: "2.0", ...message }) + "\\n").join(""));
  const text = (text) => ({
    method: "session/update",
    params: { sessionId: "ours", update: { sessionUpdate: "agent_message_chunk", content: { type: "text", text } } },
  });
  require("node:readline").createInterface({ input: process.stdin }).on("line", (line) => {
    const { id, method, result, error } = JSON.parse(line);
    if (method === "initialize") send({ id, result: { protocolVersion: 1, agentCapabilities: {} } });
    else if (method === "session/new") send({ id, result: { sessionId: "ours" } }, ...beforeTurns);
    else if (method === "session/prompt" && ++turns === 1)
      send(...inTurn, text("mine"), { id, result: { stopReason: "end_turn" } }, ...afterTurn);
    else if (method === "session/prompt")
      tellAnswers = () => send(text(JSON.stringify(answers)), { id, result: { stopReason: "end_turn" } });
    else if (method === undefined) answers[id] = result ?? error;
    if (Object.keys(answers).length === requests) tellAnswers();
  });
`;

/** An agent that does what no good one does: `script` says what it sends, whenever it likes. */
export function scriptedAgent(script: Script): CliProgram {
  const env = { SCRIPT: JSON.stringify(script) };
  return { command: process.execPath, leadingArgs: ["-e", AGENT, "--"], env, isSimulated: true };
}
