import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import * as fc from "fast-check";
import type { LogFacts, Logger } from "../../../src/base/logger.ts";
import type { Outcome } from "../../../src/core/ports.ts";
import { executionSchema } from "../../../src/protocol/executions.ts";
import { type SecretExample, secretExamples } from "../../support/checks/secretExamples.ts";
import { FakeAgent } from "../../support/fakePorts.ts";
import { removeFolder, temporaryFolder } from "../../support/temporaryFolder.ts";
import { startTestBridge } from "../../support/testBridge.ts";

/** Keeps all lines as text. */
class WholeLog implements Logger {
  readonly lines: string[] = [];
  readonly debug = (text: string, facts?: LogFacts): void => this.#keep(text, facts);
  readonly info = this.debug;
  readonly warn = this.debug;
  readonly error = this.debug;

  #keep(text: string, facts: LogFacts = {}): void {
    this.lines.push(text, ...Object.values(facts).map(String));
  }
}

const places = [
  "prompt",
  "args",
  "params",
  "output",
  "error",
  "result",
  "program",
  "title",
  "diff",
  "question",
  "answer",
] as const;
type Place = (typeof places)[number];

interface Run {
  /** Where secrets are planted. */
  readonly planted: ReadonlyMap<Place, SecretExample>;
  /** Positions at which the output is split, as parts of its length. */
  readonly borders: readonly number[];
}

const anyRun: fc.Arbitrary<Run> = fc.record({
  planted: fc
    .uniqueArray(fc.tuple(fc.constantFrom(...places), fc.constantFrom(...secretExamples)), {
      minLength: 1,
      selector: ([place]) => place,
    })
    .map((pairs) => new Map(pairs)),
  borders: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 4 }),
});

/** Returns a text with the secret planted in a place, if any. */
const textAt = ({ planted }: Run, place: Place): string => `before\n${planted.get(place)?.secret ?? place}\nafter`;
const lineAt = (run: Run, place: Place): string => textAt(run, place).replaceAll("\n", " ");

function chunksOf(text: string, borders: readonly number[]): string[] {
  const cuts = [0, ...borders.map((part) => Math.round(part * text.length)), text.length].toSorted((a, b) => a - b);
  return cuts.slice(1).map((end, at) => text.slice(cuts[at], end));
}

/** An agent that shows all texts of a run. */
function agentOf(run: Run): FakeAgent {
  const agent = new FakeAgent();
  agent.turn = async (_task, context): Promise<Outcome> => {
    for (const chunk of chunksOf(textAt(run, "output"), run.borders)) {
      context.output(chunk);
      // Ends the chunk: the next one is an event of its own.
      context.toolCall({ toolCallId: "none", title: "Reading" });
    }
    const newText = textAt(run, "diff");
    context.toolCall({
      toolCallId: "1",
      title: lineAt(run, "title"),
      diffs: [{ path: "a", oldText: newText, newText }],
    });
    await context.ask({ prompt: textAt(run, "question"), inputType: "text", safeAnswer: "none" });
    return {
      kind: "failed",
      code: "COMMAND_EXECUTION_FAILED",
      error: textAt(run, "error"),
      result: { a: textAt(run, "result") },
    };
  };
  return agent;
}

async function filesIn(folder: string): Promise<string> {
  const files = await readdir(folder, { recursive: true, withFileTypes: true });
  const texts = files.filter((file) => file.isFile()).map((file) => readFile(join(file.parentPath, file.name), "utf8"));
  return (await Promise.all(texts)).join("\n");
}

/** Performs a run, and returns the text of each place that must not contain a secret. */
async function perform(run: Run, folder: string): Promise<Record<string, string>> {
  const logger = new WholeLog();
  const bridge = await startTestBridge({
    agent: agentOf(run),
    commands: {
      "test.fails": (value) => {
        throw new Error(`${JSON.stringify(value)} ${textAt(run, "error")}`);
      },
    },
    logger,
    journal: { folder: join(folder, "history") },
    audit: { folder: join(folder, "audit"), content: "text" },
  });
  const headers = { "User-Agent": lineAt(run, "program"), Prefer: "respond-async" };
  const exports: string[] = [];
  try {
    const prompt = textAt(run, "prompt");
    const chat = await bridge.execute({ command: "kiro.cli.chat", args: [prompt] }, headers);
    const id = String(chat.json["executionId"]);
    await bridge.call(`/api/kiro/executions/${id}?wait=50`);
    const value = textAt(run, "answer");
    const { status } = await bridge.call("/api/kiro/input", { body: { executionId: id, type: "text", value } });
    assert.equal(status, 200);
    const record = executionSchema.parse((await bridge.call(`/api/kiro/executions/${id}?wait=50`)).json);
    assert.deepEqual(
      [record.args, record.output, record.error],
      [[prompt], textAt(run, "output"), textAt(run, "error")],
      "memory is faithful",
    );
    const events = JSON.stringify(bridge.core.events.read(0).events);
    for (const place of ["prompt", "title", "diff", "question", "answer", "error"] as const) {
      const { secret = place } = run.planted.get(place) ?? {};
      assert.ok(events.includes(JSON.stringify(secret).slice(1, -1)), `the live event has ${place}`);
    }
    const args = [textAt(run, "args")];
    const params = [{ deep: [textAt(run, "params")] }];
    const ids = [id];
    for (const body of [{ args }, { params }].flatMap((given) => [
      { command: "test.echo", ...given },
      { command: "test.fails", ...given },
    ])) {
      const accepted = await bridge.execute(body, headers);
      ids.push(String(accepted.json["executionId"]));
    }
    for (const each of ids) {
      await bridge.core.executions.get(each)?.settled;
      exports.push(JSON.stringify(await bridge.core.history.exportRun(each)));
    }
  } finally {
    await bridge.dispose();
  }
  const [history, audit] = await Promise.all([filesIn(join(folder, "history")), filesIn(join(folder, "audit"))]);
  assert.ok(history.includes("command-output") || history.includes("before"), "the history was written");
  assert.ok(audit.includes("test.echo"), "the audit log was written");
  return { history, audit, exports: exports.join("\n"), log: logger.lines.join("\n") };
}

describe("A secret in any text of a run", () => {
  it("reaches neither the history nor exports, the audit log or the log, while memory has it", async () => {
    await fc.assert(
      fc.asyncProperty(anyRun, async (run) => {
        const folder = await temporaryFolder();
        try {
          const shown = await perform(run, folder);
          for (const [where, text] of Object.entries(shown)) {
            for (const [place, { name, core }] of run.planted) {
              const at = text.indexOf(core);
              assert.ok(at < 0, `${name} of ${place} is in ${where}: ${text.slice(Math.max(0, at - 300), at + 50)}`);
            }
          }
        } finally {
          await removeFolder(folder);
        }
      }),
      { numRuns: 40 },
    );
  }).timeout(120_000);
});
