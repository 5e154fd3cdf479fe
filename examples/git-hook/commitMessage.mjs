#!/usr/bin/env node
// A commit-msg hook: asks Kiro whether the message describes the staged change. Exit code 1 keeps Git from committing.
import { execFileSync } from "node:child_process";
import { createHmac, randomBytes, randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

const MAX_DIFF = 100_000;
const deadlineMs = Number(process.env.KIRO_HOOK_SECONDS ?? 60) * 1000;

const schema = {
  type: "object",
  properties: { fits: { type: "boolean" }, problem: { type: "string" } },
  required: ["fits", "problem"],
};

/** Reads bridge.json, and checks that the program at its address is the bridge, before it gets the token. */
async function findBridge() {
  const folder = process.env.KIRO_BRIDGE_HOME || join(homedir(), ".kiro-bridge");
  const { url, pid, token } = JSON.parse(readFileSync(join(folder, "bridge.json"), "utf8"));
  process.kill(pid, 0); // Throws if the bridge is not running.
  const challenge = randomBytes(24).toString("base64url");
  const response = await fetch(`${url}/health?challenge=${challenge}`, { signal: AbortSignal.timeout(5000) });
  const proven = `kiro-bridge health\n${challenge}\n${new URL(url).host}`;
  const proof = createHmac("sha256", token).update(proven).digest("base64url");
  if ((await response.json()).proof !== proof) throw new Error("another program is listening at its address");
  return { url, token };
}

async function post({ url, token }, path, body, { headers, signal = AbortSignal.timeout(5000) } = {}) {
  const response = await fetch(url + path, {
    method: "POST",
    headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json", ...headers },
    body: JSON.stringify(body),
    signal,
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(`${answer.code}: ${answer.message}`);
  return answer;
}

/** Returns what is wrong with the message, or undefined. Rejects if Kiro has not said. */
async function askKiro(message, signal) {
  const bridge = await findBridge();
  const git = (...args) => execFileSync("git", args, { encoding: "utf8", maxBuffer: 1 << 30 });
  const diff = git("diff", "--cached").slice(0, MAX_DIFF);
  const chat = {
    prompt: `Does this commit message describe the change? Use no tools.\n\nMessage:\n${message}\n\nChange:\n${diff}`,
    schema,
    session: "fresh",
    timeoutMs: deadlineMs,
  };
  const headers = { "Idempotency-Key": randomUUID() };
  /** The same request with the same key runs nothing: it returns the execution, whose ID we need. */
  const cancel = async () => {
    const { executionId } = await post(bridge, "/kiro/chat", chat, {
      headers: { ...headers, Prefer: "respond-async" },
    });
    await post(bridge, `/api/kiro/executions/${executionId}/cancel`, {});
  };
  try {
    const answer = await post(bridge, "/kiro/chat", chat, { headers, signal });
    if (answer.requiresInput) throw new Error("Kiro asks for a permission");
    if (!answer.success) throw new Error(answer.error);
    return answer.json.fits ? undefined : answer.json.problem;
  } catch (error) {
    await cancel().catch(() => undefined);
    throw error;
  }
}

if (process.env.KIRO_SKIP) process.exit(0);
const interrupted = new AbortController();
process.once("SIGINT", () => interrupted.abort());
try {
  const signal = AbortSignal.any([interrupted.signal, AbortSignal.timeout(deadlineMs + 5000)]);
  const problem = await askKiro(readFileSync(process.argv[2], "utf8"), signal);
  if (problem !== undefined) {
    console.error(`Kiro: ${problem}\nChange the message, or skip this check with KIRO_SKIP=1.`);
    process.exitCode = 1;
  }
} catch (error) {
  if (interrupted.signal.aborted) process.exit(130);
  console.error(`Kiro did not check the commit message: ${error.message}`); // The commit goes on.
}
