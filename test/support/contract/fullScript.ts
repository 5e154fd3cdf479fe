import { fake, fakeSay } from "../../fixtures/simulator/directive.ts";
import type { Call, Caller } from "./callScript.ts";

/** The HTTP status of a rejected call. */
export interface Rejected {
  readonly rejected: number;
}

interface Run {
  readonly status: string;
  readonly output: string;
}

interface Chat {
  readonly success: boolean;
  readonly message: string;
  readonly json?: unknown;
}

interface Question {
  readonly executionId: string;
  readonly questionId: string;
  readonly inputType: "text" | "choice" | "file" | "confirmation";
  readonly choices: readonly string[];
}

/** A client of the whole API. */
export interface FullCaller extends Caller {
  /** The names of the folders of all windows. */
  readonly folders: () => Promise<readonly string[]>;
  readonly commandIds: (query: string) => Promise<readonly string[]>;
  /** Starts a command without waiting for its end, and returns the ID of the execution. */
  readonly start: (command: string, args: string[]) => Promise<string>;
  /** Waits for the end of an execution. */
  readonly finish: (executionId: string) => Promise<Run>;
  readonly read: (executionId: string) => Promise<Run | Rejected>;
  readonly cancel: (executionId: string) => Promise<{ readonly status: string; readonly how: string } | Rejected>;
  /** The commands of the newest executions that contain a text. */
  readonly search: (text: string) => Promise<readonly string[]>;
  readonly chat: (
    prompt: string,
    options?: { readonly session?: string; readonly schema?: Readonly<Record<string, unknown>> },
  ) => Promise<Chat>;
  /** Starts a prompt, and waits for the question that it asks. */
  readonly askUntilQuestion: (prompt: string) => Promise<Question>;
  readonly answer: (question: Question, value: string) => Promise<boolean>;
  readonly sessionNames: () => Promise<readonly string[]>;
  readonly closeSession: (name: string) => Promise<boolean | Rejected>;
  readonly isAllowed: (command: string) => Promise<boolean>;
  readonly kind: () => Promise<string>;
  readonly metricNames: () => Promise<readonly string[]>;
}

const schema = {
  type: "object",
  properties: { verdict: { enum: ["good", "bad"] }, notes: { type: "array", items: { type: "string" } } },
  required: ["verdict", "notes"],
};
const UNKNOWN_ID = "exec-1700000000000-1-abcdef";

/** Calls that the original clients do not have. */
export const fullScript: readonly Call<FullCaller>[] = [
  { name: "the windows", make: (caller) => caller.folders() },
  { name: "finds commands", make: (caller) => caller.commandIds("windowProbe echo") },
  {
    name: "starts a command and waits for its end",
    make: async (caller) => caller.finish(await caller.start("windowProbe.echo", ["later"])),
  },
  {
    name: "reads an execution that has ended",
    make: async (caller) => {
      const id = await caller.start("windowProbe.fail", ["once"]);
      await caller.finish(id);
      return caller.read(id);
    },
  },
  { name: "does not find an unknown execution", make: (caller) => caller.read(UNKNOWN_ID) },
  {
    name: "cannot cancel what has ended",
    make: async (caller) => {
      const id = await caller.start("windowProbe.echo", []);
      await caller.finish(id);
      return caller.cancel(id);
    },
  },
  {
    name: "cancels a prompt",
    make: async (caller) => {
      const id = await caller.start("kiro.cli.chat", [fake("hang")]);
      const { status: _status, ...how } = { status: "", ...(await caller.cancel(id)) };
      return { ...how, end: (await caller.finish(id)).status };
    },
  },
  { name: "cannot cancel an unknown execution", make: (caller) => caller.cancel(UNKNOWN_ID) },
  { name: "searches executions", make: async (caller) => [...new Set(await caller.search("windowProbe.fail"))] },
  { name: "chats", make: (caller) => caller.chat(fakeSay("An answer.")) },
  { name: "chats for JSON", make: (caller) => caller.chat("Is this good?", { schema }) },
  {
    name: "answers a question",
    make: async (caller) => {
      const question = await caller.askUntilQuestion(fake("tool"));
      const accepted = await caller.answer(question, question.choices[0] ?? "");
      const { status } = await caller.finish(question.executionId);
      return { inputType: question.inputType, choices: question.choices, accepted, status };
    },
  },
  {
    name: "closes a session",
    make: async (caller) => {
      await caller.chat(fakeSay("In a session."), { session: "contract" });
      const before = await caller.sessionNames();
      const closed = await caller.closeSession("contract");
      const after = await caller.sessionNames();
      return { before: before.includes("contract"), closed, after: after.includes("contract") };
    },
  },
  { name: "cannot close an unknown session", make: (caller) => caller.closeSession("nothing") },
  {
    name: "checks the policy",
    make: async (caller) => [await caller.isAllowed("windowProbe.echo"), await caller.isAllowed("_internal")],
  },
  { name: "its kind of principal", make: (caller) => caller.kind() },
  {
    name: "the metrics",
    make: async (caller) => (await caller.metricNames()).includes("kiro_bridge_executions_total"),
  },
];
