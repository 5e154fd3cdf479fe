import { spawn } from "node:child_process";

/** Sets a shell up for the samples of the README, which are run as they are printed (README.md#the-first-request). */
const setUp = `
BRIDGE=~/.kiro-bridge/bridge.json
URL=$(sed -n 's/.*"url": "\\([^"]*\\)".*/\\1/p' $BRIDGE)
TOKEN=$(sed -n 's/.*"token": "\\([^"]*\\)".*/\\1/p' $BRIDGE)
bridge() { printf 'Authorization: Bearer %s\\n' "$TOKEN" | curl -sS -H @- "$@"; }
`;

/** A line that a shell runs, and what it has printed so far. */
export class ShellLine {
  #child;
  output = "";
  isOver = false;

  constructor(line, { home, folder }) {
    const env = { ...process.env, HOME: home };
    this.#child = spawn("sh", ["-c", `${setUp}${line}`], { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream.setEncoding("utf8").on("data", (text) => (this.output += text));
    this.#child.once("close", () => (this.isOver = true));
    this.#child.once("error", (error) => (this.output += error.message));
  }

  end() {
    this.#child.kill();
  }
}
