import { acpStarter } from "../../../../src/agents/kiro/acp/startAcp.ts";
import { fake, fakeSay } from "../../../fixtures/simulator/directive.ts";
import { exampleAgent } from "../kiro/acp/exampleAgent.ts";
import { acpOptions } from "../kiro/acp/simulatedAcp.ts";
import { INACTIVITY_MS, type Subject } from "./subject.ts";

const turnLimits = { inactivityMs: INACTIVITY_MS, absoluteMs: 10 * INACTIVITY_MS, cancelMs: 30_000 };

/** Kiro CLI over ACP, as the simulator plays it. */
export function kiro(): Subject {
  return {
    transport: "acp",
    start: acpStarter(acpOptions({}, { turnLimits })),
    answer: () => ({ prompt: fakeSay("Hello there."), said: "Hello there." }),
    useTool: () => ({ prompt: fake("tool-trusted", { words: 5 }), said: "Answer" }),
    askFirst: () => ({ prompt: fake("tool", { words: 5 }), said: "Answer" }),
    refused: () => ({ prompt: fake("tool", { words: 5 }), said: "" }),
    stall: () => ({ prompt: fake("hang", { words: 20 }), said: "Answer" }),
    fail: () => ({ prompt: fake("crash", { words: 20 }), said: "Answer" }),
    dispose: () => Promise.resolve(),
  };
}

/** The example agent of the SDK, which does the same in each turn, with pauses of its own. */
export function example(): Subject {
  const prompt = "Change my configuration";
  return {
    transport: "acp",
    start: acpStarter(acpOptions({}, { program: exampleAgent, turnLimits })),
    askFirst: () => ({ prompt, said: "I've successfully updated the configuration." }),
    refused: () => ({ prompt, said: "I'll skip the configuration update." }),
    stall: () => ({ prompt, said: "understand the current situation." }),
    dispose: () => Promise.resolve(),
  };
}
