import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { fake, fakeCalls } from "../fixtures/simulator/directive.ts";
import type { CodingAgent } from "../support/codingAgents/codingAgent.ts";
import { AgentUser } from "../support/codingAgents/runAgent.ts";
import { codingAgents } from "../support/codingAgents/table.ts";
import { call } from "../support/dashboard/programCalls.ts";
import type { Discovery } from "../support/editor/bridge.ts";
import { type BridgeWindow, openWindowWithBridge } from "../support/editor/bridgeWindow.ts";
import { eventually, withDeadline } from "../support/editor/deadline.ts";
import type { ProcessGroup } from "../support/programs/processGroup.ts";

/** Agents start slowly without a network, and look for hosts that they do not need. */
const RUN_DEADLINE_MS = 300_000;
const SUITE_TIMEOUT_MS = 1_200_000;
const SILENCE_MS = 90_000;

const runs = z.object({
  executions: z.array(
    z.object({
      id: z.string(),
      status: z.string(),
      args: z.array(z.string()).default([]),
      sessionId: z.string().optional(),
      requestedBy: z.object({ via: z.string().optional() }).optional(),
    }),
  ),
});
type Run = z.infer<typeof runs>["executions"][number];

/** `KIRO_BRIDGE_AGENTS="claude;pi, chat"` runs these alone. */
const wanted = process.env["KIRO_BRIDGE_AGENTS"]?.split(";");
const agents = codingAgents.filter(({ name }) => wanted?.includes(name) ?? true);

describe("Coding agents that use Kiro through a gateway, in the real editor", function () {
  this.timeout(SUITE_TIMEOUT_MS);
  let bridgeWindow: BridgeWindow;
  let bridge: Discovery;
  const users = new Map<CodingAgent, AgentUser>();

  before(async () => {
    bridgeWindow = await openWindowWithBridge({
      name: "agents",
      actionDeadlineMs: RUN_DEADLINE_MS,
      startDeadlineMs: RUN_DEADLINE_MS,
      machineSettings: { "kiroBridge.kiro.maxSessions": 10, "kiroBridge.gateways.maxSessions": 30 },
    });
    ({ bridge } = bridgeWindow);
    for (const agent of agents) {
      const address = { url: bridge.url, token: await tokenFor(bridge, agent.name) };
      const folder = join(bridgeWindow.session.profile.root, "agents", agent.name.replaceAll(/\W+/g, "-"));
      users.set(agent, await AgentUser.create(agent, folder, address));
    }
  });

  after(() => bridgeWindow?.session.end());

  for (const agent of agents) {
    describe(`${agent.name} ${agent.version}, over ${agent.path}`, () => {
      const userOf = (): AgentUser => {
        const user = users.get(agent);
        assert.ok(user);
        return user;
      };

      it(`runs its own tool for Kiro, and goes on in the same session, one execution for each turn, of ${agent.client}`, async () => {
        const user = userOf();
        const marker = `marker-${agent.name.replaceAll(/\W+/g, "")}`;
        const call = { tool: agent.shell.tool, args: agent.shell.call(`echo ${marker} > made.txt`) };
        const first = await ended(await user.ask(`First ${marker} ${fakeCalls([[call]], { text: `done ${marker}` })}`));
        assert.equal(first.code, 0, first.output);
        assert.ok(first.output.includes(`done ${marker}`), first.output);
        assert.equal((await readFile(join(user.project, "made.txt"), "utf8")).trim(), marker);
        const second = await ended(await user.goOn(`Second ${marker} ${fake("report")}`));
        assert.equal(second.code, 0, second.output);
        assert.match(second.output, /turn\\*":\s*2/, "the agent's session has this as its second turn");
        const [one, two, ...others] = await runsWith(bridge, marker);
        assert.deepEqual(others, []);
        assert.ok(one !== undefined && two !== undefined);
        assert.deepEqual([one.status, two.status], ["completed", "completed"]);
        assert.equal(one.sessionId, two.sessionId);
        assert.equal(one.requestedBy?.via, agent.gateway);
      });

      it(`never has a prompt run again that failed after Kiro began, of ${agent.client}`, async () => {
        const word = `failing-${agent.name.replaceAll(/\W+/g, "")}`;
        await ended(await userOf().ask(`${word} ${fake("crash")}`));
        const found = await runsWith(bridge, word);
        assert.deepEqual(
          found.map(({ status }) => status),
          ["failed"],
        );
      });

      it(`cancels the turn when it is killed, of ${agent.client}`, async () => {
        const word = `killed-${agent.name.replaceAll(/\W+/g, "")}`;
        const running = await userOf().ask(`${word} ${fake("slow", { gapMs: RUN_DEADLINE_MS })}`);
        const { id } = await eventually(
          async () => (await runsWith(bridge, word)).find(({ status }) => status === "running"),
          { what: "the prompt to run", deadlineMs: RUN_DEADLINE_MS },
        );
        running.kill();
        await running.exited;
        await eventually(
          async () => (await runsWith(bridge, word)).find((run) => run.id === id && run.status === "cancelled"),
          { what: "the prompt to be cancelled", deadlineMs: RUN_DEADLINE_MS },
        );
        assert.equal((await runsWith(bridge, word)).length, 1);
      });
    });
  }

  describe("during 90 s of silence", () => {
    type Silence = readonly [code: number | null, completed: number];
    let silences: ReadonlyMap<CodingAgent, Promise<Silence>>;
    before(() => {
      const silent = async (agent: CodingAgent, user: AgentUser): Promise<Silence> => {
        const word = `silent-${agent.name.replaceAll(/\W+/g, "")}`;
        const { code } = await ended(await user.ask(`${word} ${fake("slow", { gapMs: SILENCE_MS })}`));
        return [code, (await runsWith(bridge, word)).filter(({ status }) => status === "completed").length];
      };
      silences = new Map([...users].map(([agent, user]) => [agent, silent(agent, user)]));
    });

    for (const agent of agents)
      it(`keeps the connection over ${agent.path}, of ${agent.client}`, async () => {
        assert.deepEqual(await silences.get(agent), [0, 1]);
      });
  });
});

async function ended(running: ProcessGroup): Promise<{ readonly code: number | null; readonly output: string }> {
  try {
    const code = await withDeadline(running.exited, RUN_DEADLINE_MS, "the agent to end");
    return { code, output: running.output };
  } catch (error) {
    throw new Error(`${String(error)} It said:\n${running.output}`, { cause: error });
  } finally {
    await running.stop();
  }
}

/** A token of the agent's own, with the least scopes. */
async function tokenFor(bridge: Discovery, name: string): Promise<string> {
  const made = await call(bridge, "/api/kiro/access/clients", { name, scopes: ["agents:prompt"] });
  return z.object({ token: z.string() }).parse(made).token;
}

/** The prompts with this word, oldest first; without those for the title of a conversation. */
async function runsWith(bridge: Discovery, word: string): Promise<readonly Run[]> {
  const { executions } = runs.parse(await call(bridge, "/api/kiro/executions?limit=200"));
  const isPrompt = ({ args: [prompt = ""] }: Run): boolean => prompt.includes(word) && !/title/i.test(prompt);
  return executions.filter(isPrompt).toReversed();
}
