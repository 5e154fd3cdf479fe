import assert from "node:assert/strict";
import { PAIRING_MS } from "../../src/access/pairings.ts";
import { roles } from "../../src/protocol/access.ts";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { defaultEventLimits } from "../../src/core/events/eventLog.ts";
import { MAX_PAGE_BYTES } from "../../src/history/executionPage.ts";
import { PREVIEW_LENGTH } from "../../src/history/executionPreview.ts";
import { MAX_SEARCH_MS } from "../../src/history/runHistory.ts";
import { KEPT_MS, MAX_KEYS } from "../../src/core/commands/idempotencyKeys.ts";
import { MAX_RUN_LENGTH } from "../../src/history/journal/journal.ts";
import { COMMANDS, GUARDED_COMMANDS } from "../../src/host/commandTable.ts";
import { readSettings, settingsSchema } from "../../src/bridge/settingsTable.ts";
import { DEFAULT_DENY } from "../../src/core/settings.ts";
import { CANCEL_MS } from "../../src/agents/agent.ts";
import { MIN_SILENCE_MS } from "../../src/agents/kiro/pipe/pipeAgent.ts";
import { defaultRestartLimits } from "../../src/agents/restartGuard.ts";
import { editorCommands } from "../../src/protocol/editor/editorCommands.ts";
import { MAX_ENTRIES } from "../../src/protocol/editor/editorTerms.ts";
import { errorCodes, ERRORS } from "../../src/protocol/errors.ts";
import { eventPayloads } from "../../src/protocol/events.ts";
import { MAX_COMMAND_ID_LENGTH, MAX_WAIT_SECONDS } from "../../src/protocol/executions.ts";
import {
  decodeValue,
  MAX_BIGINT_DIGITS,
  MAX_VALUE_DEPTH,
  MAX_VALUE_SIZE,
  type Json,
} from "../../src/protocol/values.ts";
import { MAX_CONNECTIONS } from "../../src/server/clients.ts";
import { MAX_WAITING_BYTES } from "../../src/server/limits/slowReaders.ts";
import { MAX_HEADER_BYTES, UNREAD_TIMEOUT_MS } from "../../src/server/listen/httpListener.ts";
import { MAX_INCOMING_BYTES } from "../../src/server/limits/budgets.ts";
import { defaultUnsentLimits } from "../../src/server/limits/unsentAnswers.ts";
import { MAX_CHALLENGES_PER_MINUTE } from "../../src/server/routes/health.ts";
import { DEADLINE_MS as SCHEMA_DEADLINE_MS } from "../../src/server/schemas/schemaChecks.ts";
import { TICKET_MS } from "../../src/server/guards/tickets.ts";
import { publishEntry } from "../../src/windows/discovery.ts";
import { manual, manualPage } from "../support/checks/manual.ts";
import { inOneLine, sectionOf, tableOf } from "../support/checks/promises.ts";
import { removeFolder, temporaryFolder } from "../support/temporaryFolder.ts";

const root = join(import.meta.dirname, "../..");
const text = (file: string): string => readFileSync(join(root, file), "utf8");
const engines = z.object({ engines: z.object({ vscode: z.string() }) }).parse(JSON.parse(text("package.json"))).engines;
const settings = readSettings(() => undefined).settings;

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const MEBI = 1024 * 1024;
const inWords = (count: number): string =>
  ["no", "one", "two", "three", "four", "five"][count] ?? (count === 10 ? "ten" : `${count}`);
const withCommas = (count: number): string => count.toLocaleString("en");
const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);

/** What the manual says of each number that the code has; the number comes from the code. */
const numbersOfManual: readonly string[] = [
  `It requires VS Code ${/^\^(\d+\.\d+)\.0$/.exec(engines.vscode)?.[1]} or later`,
  `the status bar shows **Kiro Bridge :${settings["api.port"]}**`,
  `The bridge answers up to ${MAX_CHALLENGES_PER_MINUTE} challenges per minute`,
  `A page ends at \`limit\`, at ${MAX_PAGE_BYTES / MEBI} MiB, or when a search has taken ${MAX_SEARCH_MS / SECOND} s`,
  `or after 30 s (at most ${MAX_WAIT_SECONDS})`,
  `${capital(inWords(settings["kiro.maxConcurrentCommands"]))} commands run at the same time`,
  `When ${settings["kiro.maxQueuedCommands"]} commands of one program are waiting`,
  `dashboard for ${inWords(PAIRING_MS / MINUTE)} minutes`,
  `a repeated request within ${KEPT_MS / HOUR} hours`,
  `The latest ${withCommas(MAX_KEYS)} keys are kept`,
  `A question without an answer is denied after ${settings["userInput.timeoutMs"] / SECOND} s`,
  `Without it, an editor command times out after ${settings["kiro.commandTimeoutMs"] / SECOND} s`,
  `(at most ${withCommas(MAX_BIGINT_DIGITS)} digits)`,
  `cut at ${MAX_VALUE_DEPTH} levels, at about ${MAX_VALUE_SIZE / MEBI} MiB`,
  `larger than ${settings["api.maxBodyBytes"] / MEBI} MiB (\`kiroBridge.api.maxBodyBytes\`)`,
  `(the limit is ${withCommas(defaultEventLimits.maxEvents)} events and ${defaultEventLimits.maxLength / MEBI} Mi characters of text)`,
  `While more than ${MAX_WAITING_BYTES / MEBI} MiB is unread`,
  `A ticket is valid once, for ${TICKET_MS / SECOND} seconds`,
  `1013: too many connections (${MAX_CONNECTIONS} in total`,
  `(${MAX_INCOMING_BYTES / MEBI} MiB) and the large responses that clients have not read (${defaultUnsentLimits.maxBytes / MEBI} MiB)`,
  `Clients that read nothing for ${UNREAD_TIMEOUT_MS / SECOND} s although`,
  `A schema that takes longer than ${SCHEMA_DEADLINE_MS / SECOND} s to check`,
  `After ${inWords(defaultRestartLimits.maxCrashes)} crashes in a row`,
  `at most ${inWords(settings["kiro.maxSessions"])} processes`,
  `(100 by default, at most ${withCommas(MAX_ENTRIES)})`,
  `a session that is idle for ${inWords(settings["kiro.idleSessionMs"] / MINUTE)} minutes`,
  `does not stop within ${CANCEL_MS / SECOND} s, its process group is killed`,
  `without any activity for ${settings["cli.inactivityTimeoutMs"] / SECOND} s, or that runs longer than ${settings["cli.turnTimeoutMs"] / MINUTE} minutes`,
  `at most ${MAX_RUN_LENGTH / MEBI} Mi characters of text for each run`,
  `${settings["history.maxDays"]} days, ${settings["history.maxMegabytes"]} MB`,
];

const numbersOfOpenApi: readonly string[] = [
  `A repeated request within ${KEPT_MS / HOUR} hours`,
  `The latest ${withCommas(MAX_KEYS)} keys are kept`,
  `at most ${withCommas(PREVIEW_LENGTH)} characters of text`,
  `at about ${MAX_PAGE_BYTES / MEBI} MiB of JSON, or after ${MAX_SEARCH_MS / SECOND} s of searching`,
  `valid once, within ${TICKET_MS / SECOND} seconds`,
  `of at most ${MAX_COMMAND_ID_LENGTH} characters`,
  `The headers have more than ${MAX_HEADER_BYTES / 1024} KiB`,
  `http://127.0.0.1:${settings["api.port"]}`,
];

const isOptional = (schema: z.ZodType): boolean => schema.safeParse(undefined).success;

/** The texts in backticks. */
const codeIn = (part: string): string[] => [...part.matchAll(/`([^`]+)`/g)].map(([, code = ""]) => code);

describe("The manual", () => {
  it("has the numbers of the code", () => {
    const line = inOneLine(manual);
    for (const phrase of numbersOfManual) assert.ok(line.includes(phrase), phrase);
    assert.match(line, /After five crashes in a row, no new process is started for a minute\./);
    assert.equal(defaultRestartLimits.coolDownMs, MINUTE);
  });

  it("lists the errors of the catalogue, each with its status", () => {
    const rows = tableOf(sectionOf(manualPage("http-api"), "## Errors")).map(([code = "", status]) => [
      codeIn(code)[0],
      status,
    ]);
    assert.deepEqual(
      rows,
      errorCodes.map((code) => [code, `${ERRORS[code].status}`]),
    );
  });

  it("lists the scopes of each role", () => {
    const rows = tableOf(sectionOf(manualPage("access"), "# Let a program in")).map(([role = "", scopes = ""]) => [
      codeIn(role)[0],
      scopes,
    ]);
    const listed = (names: readonly string[]): string => names.map((name) => `\`${name}\``).join(", ");
    assert.deepEqual(Object.fromEntries(rows), {
      viewer: listed(roles.viewer),
      ci: listed(roles.ci),
      operator: "all except `access:manage`",
      owner: "all",
    });
    assert.deepEqual(
      roles.owner.filter((scope) => !(roles.operator as readonly string[]).includes(scope)),
      ["access:manage"],
    );
  });

  it("lists the types of events", () => {
    const [list = ""] = sectionOf(manualPage("events"), "# Live events").split("Payloads:");
    const besides = ["connection-ready", "events-lost"];
    assert.deepEqual([...codeIn(list), ...besides].toSorted(), Object.keys(eventPayloads).toSorted());
    for (const type of besides)
      assert.ok(sectionOf(manualPage("events"), "# Live events").includes(`\`${type}\``), type);
  });

  it("lists each `$type` of an encoded value, and marks those that may be sent", () => {
    const rows = tableOf(sectionOf(manualPage("http-api"), "## Results: `$type`")).map(([name = ""]) => name);
    const spelled = ["src/protocol/values.ts", "src/host/editor/vscodeValues.ts"].flatMap((file) =>
      [...text(file).matchAll(/\$type: "(\w+)"/g)].map(([, name = ""]) => name),
    );
    assert.deepEqual(rows.flatMap(codeIn).toSorted(), [...new Set(spelled)].toSorted());
    const marked = rows.filter((row) => row.includes("●")).flatMap(codeIn);
    const ofEditor = [...text("src/host/editor/vscodeValues.ts").matchAll(/z\.literal\("(\w+)"\)/g)].map(
      ([, name = ""]) => name,
    );
    const isRead = ($type: string, value: Json): boolean => {
      try {
        decodeValue({ $type, value });
        return true;
      } catch {
        return false;
      }
    };
    const ofJson = rows.flatMap(codeIn).filter((name) => isRead(name, "1") || isRead(name, {}));
    assert.deepEqual(marked.toSorted(), [...ofEditor, ...ofJson].toSorted());
  });

  it("lists the commands for programs with their arguments", () => {
    const isPaging = (name: string) => name === "limit" || name === "offset";
    const rows = tableOf(sectionOf(manualPage("http-api"), "## Commands of the editor for programs"));
    const listed = rows.map(([id = "", names = ""]) => [codeIn(id)[0], codeIn(names)]);
    const taken = Object.entries(editorCommands).map(([id, { argument }]) => [
      id,
      Object.entries(argument.shape)
        .filter(([name]) => !isPaging(name))
        .map(([name, field]) => (["character", "symbol"].includes(name) || !isOptional(field) ? name : `${name}?`)),
    ]);
    assert.deepEqual(listed, taken);
  });

  it("lists the patterns that are denied by default, and no other", () => {
    const rows = tableOf(sectionOf(manualPage("security"), "## Policy: what may be run"));
    assert.deepEqual(
      rows.flatMap(([pattern = ""]) => codeIn(pattern)),
      DEFAULT_DENY,
    );
  });

  it("names the commands that ask the user first", () => {
    const [, sentence = ""] =
      /As an additional protection, (.*?) ask for your confirmation/.exec(inOneLine(manual)) ?? [];
    const named = [...sentence.matchAll(/\*\*(.+?)…?\*\*/g)].map(([, name = ""]) => name);
    assert.deepEqual(named.toSorted(), [...Object.values(GUARDED_COMMANDS), "Stop", "Restart"].toSorted());
  });

  it("names every route of the OpenAPI document, and says of the open ones alone that they are open", () => {
    const { paths } = z
      .object({
        paths: z.record(z.string(), z.record(z.string(), z.looseObject({ security: z.array(z.unknown()).optional() }))),
      })
      .parse(JSON.parse(text("docs/openapi.json")));
    const routes = Object.entries(paths).flatMap(([path, operations]) =>
      Object.entries(operations).map(([method, { security }]) => ({
        name: `${method.toUpperCase()} ${path}`,
        isOpen: security?.length === 0,
      })),
    );
    const rows = tableOf(sectionOf(manualPage("http-api"), "## Endpoints"));
    const named = rows.flatMap(([request = "", what = ""]) =>
      codeIn(request)
        .filter((route) => route.includes(" "))
        .map((route) => ({ name: route.replace("{id or name}", "{id}"), isOpen: what.startsWith("*open*") })),
    );
    const files = routes.filter(({ name }) => /^GET \/(?:docs|dashboard)\//.test(name));
    assert.ok(files.every(({ isOpen }) => isOpen));
    const byName = (a: { name: string }, b: { name: string }): number => (a.name < b.name ? -1 : 1);
    assert.deepEqual(named.toSorted(byName), routes.filter((route) => !files.includes(route)).toSorted(byName));
  });

  it("names the fields of bridge.json", async () => {
    const folder = await temporaryFolder();
    const entry = {
      version: "0",
      url: "http://127.0.0.1:1",
      pid: 1,
      started: "",
      machine: "",
      token: "t",
      windows: [],
    };
    const written: unknown = JSON.parse(readFileSync(await publishEntry(folder, entry), "utf8"));
    await removeFolder(folder);
    const [, fields = ""] = /only you can read: `\{(.*?)\}`/.exec(inOneLine(manual)) ?? [];
    assert.deepEqual(
      [...fields.matchAll(/"(\w+)"/g)].map(([, name = ""]) => name),
      Object.keys(Object(written)),
    );
  });

  it("names no command and no setting that does not exist", () => {
    const ids = [...manual.matchAll(/`"?kiroBridge\.([\w.]*\w)(?=["`])/g)].map(([, name = ""]) => name);
    const known = new Set<string>([...COMMANDS, ...Object.keys(settingsSchema.shape)]);
    assert.deepEqual(
      ids.filter((name) => !known.has(name)),
      [],
    );
  });
});

describe("The OpenAPI document", () => {
  it("has the numbers of the code in its descriptions", () => {
    const document = text("docs/openapi.json");
    for (const phrase of numbersOfOpenApi) assert.ok(document.includes(phrase), phrase);
  });
});

describe("The settings", () => {
  it("allow no shorter silence at the end of an answer than the pipe waits for", () => {
    assert.equal(settingsSchema.shape["cli.pipe.settleMs"].safeParse(MIN_SILENCE_MS - 1).success, false);
    assert.equal(settingsSchema.shape["cli.pipe.settleMs"].safeParse(MIN_SILENCE_MS).success, true);
  });
});
