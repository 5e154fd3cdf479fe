// An ACP agent for the benchmark alone: each chunk of its answer is the time at which it was written, in µs of the epoch. The
// prompt may say how many there are, and the pause between them: `{"chunks":4,"pauseMs":0}`.
import { createInterface } from "node:readline";

const CHUNKS = 400;
const PAUSE_MS = 3;
const send = (message) => process.stdout.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
const now = () => Math.round((performance.timeOrigin + performance.now()) * 1000);

createInterface({ input: process.stdin }).on("line", (line) => {
  const { id, method, params } = JSON.parse(line);
  if (method === "initialize") {
    send({
      id,
      result: {
        protocolVersion: 1,
        agentCapabilities: {},
        authMethods: [],
        agentInfo: { name: "stamps", version: "1" },
      },
    });
  } else if (method === "session/new") {
    send({ id, result: { sessionId: "stamps" } });
  } else if (method === "session/prompt") {
    const { chunks = CHUNKS, pauseMs = PAUSE_MS } = wishOf(params.prompt);
    let left = chunks;
    const stamp = () => {
      const update = { sessionUpdate: "agent_message_chunk", content: { type: "text", text: `${now()} ` } };
      send({ method: "session/update", params: { sessionId: params.sessionId, update } });
    };
    const end = () => send({ id, result: { stopReason: "end_turn" } });
    if (pauseMs === 0) {
      while (left-- > 0) stamp();
      end();
      return;
    }
    const timer = setInterval(() => {
      if (left-- > 0) return stamp();
      clearInterval(timer);
      end();
    }, pauseMs);
  }
});

function wishOf(prompt) {
  const text = prompt.map((block) => block.text).join("");
  return text.startsWith("{") ? JSON.parse(text) : {};
}
