import * as l10n from "@vscode/l10n";
import { executionStatusWord } from "../language/statusWords.ts";
import { translate } from "../language/translate.ts";
import type { ListedRun, NamedArchive, RunHead } from "../../core/runArchive.ts";
import { BridgeError, messageOf } from "../../protocol/errors.ts";
import type { RunExport } from "../../protocol/runExport.ts";
import { quote } from "../../protocol/validate.ts";
import { cancellable } from "./cancellable.ts";

/** Collaborators of the dialogs that open a run of an archive. */
export interface OpenRunDeps {
  /** The dialogs of the editor, see `messages.ts`. */
  readonly dialogs: Pick<typeof import("../status/messages.ts"), "pick" | "askForText" | "showProgress" | "tell">;
  /** At least one. */
  readonly archives: readonly NamedArchive[];
  /** Has the user select a file, and reads it. */
  readonly readFile: () => Promise<RunExport | undefined>;
}

type Dialogs = OpenRunDeps["dialogs"];
type RunWish = { readonly executionId: string; readonly day?: string };
type DayWish = { readonly day: string; readonly executionId?: undefined };

const TITLE = l10n.t("Open Run");
/** Items of one picker. */
const OFFERED = 100;
const ENTER_DAY = l10n.t("Enter a day…");
const ENTER_ID = l10n.t("Enter an execution ID…");

/** Has the user select a run of a file or an archive, and reads it. @returns undefined if cancelled @throws BridgeError */
export async function openArchivedRun(deps: OpenRunDeps): Promise<RunExport | undefined> {
  const { dialogs, archives, readFile } = deps;
  const items = archives.map((from) => ({ label: from.name, description: from.kind, from }));
  const placeHolder = l10n.t("Select where the run is");
  const picked = await dialogs.pick([{ label: l10n.t("A file…"), from: undefined }, ...items], {
    title: TITLE,
    placeHolder,
  });
  if (picked === undefined) return undefined;
  if (picked.from === undefined) return await readFile();
  const from = picked.from;
  const wish = await askForDay(dialogs, from);
  const run = wish !== undefined && wish.executionId === undefined ? await askForRun(dialogs, from, wish.day) : wish;
  return run === undefined ? undefined : await read(dialogs, from, run);
}

/** Offers the days of an archive. An archive that cannot be listed may still be read. */
async function askForDay(dialogs: Dialogs, { name, archive }: NamedArchive): Promise<DayWish | RunWish | undefined> {
  const title = l10n.t("Kiro Bridge: Reading the days of {0}…", quote(name));
  let days: readonly string[] | undefined;
  try {
    days = (await cancellable(dialogs, title, (signal) => archive.days(signal)))?.result;
  } catch (error) {
    const button = await dialogs.tell("error", `Kiro Bridge: ${translate(messageOf(error))}`, ENTER_ID);
    return button === undefined ? undefined : await enterId(dialogs);
  }
  if (days === undefined) return undefined;
  if (days.length === 0)
    throw new BridgeError(
      "NOT_FOUND",
      `${quote(name)} has no runs. If it should have some, check 'prefix' in its setting.`,
    );
  const items = days.slice(0, OFFERED).map((label) => ({ label }));
  const placeHolder =
    items.length < days.length
      ? l10n.t("Select the day (UTC) on which the run was requested: the newest {0}", items.length)
      : l10n.t("Select the day (UTC) on which the run was requested");
  const picked = await dialogs.pick([...items, { label: ENTER_DAY }, { label: ENTER_ID }], {
    title: TITLE,
    placeHolder,
    ignoreFocusOut: true,
  });
  if (picked?.label === ENTER_ID) return await enterId(dialogs);
  const day = picked?.label === ENTER_DAY ? await enterDay(dialogs) : picked?.label;
  return day === undefined ? undefined : { day };
}

/** Offers the runs of a day. */
async function askForRun(dialogs: Dialogs, { name, archive }: NamedArchive, day: string): Promise<RunWish | undefined> {
  const title = l10n.t("Kiro Bridge: Reading the runs of {0} in {1}…", day, quote(name));
  const found = await cancellable(dialogs, title, async (signal) => {
    const runs = await archive.runs(day, signal);
    const offered = runs.slice(0, OFFERED);
    return { runs, offered, heads: await archive.heads(offered, signal) };
  });
  if (found === undefined) return undefined;
  const { runs, offered, heads } = found.result;
  if (runs.length === 0)
    throw new BridgeError("NOT_FOUND", `${quote(name)} has no run of ${day}. Days begin at midnight UTC.`);
  const items = offered.map((run) => ({ ...itemOf(run, heads.get(run.executionId)), executionId: run.executionId }));
  const picked = await dialogs.pick([...items, { label: ENTER_ID, executionId: undefined }], {
    title: TITLE,
    placeHolder:
      offered.length < runs.length
        ? l10n.t("Select a run of {0}: the newest {1}", day, offered.length)
        : l10n.t("Select a run of {0}", day),
    matchOnDescription: true,
    matchOnDetail: true,
    ignoreFocusOut: true,
  });
  if (picked === undefined) return undefined;
  return picked.executionId === undefined ? await enterId(dialogs) : { executionId: picked.executionId, day };
}

/** @throws BridgeError NOT_FOUND if the archive does not have it (any more) */
async function read(
  dialogs: Dialogs,
  { name, archive }: NamedArchive,
  { executionId, day }: RunWish,
): Promise<RunExport | undefined> {
  const title = l10n.t("Kiro Bridge: Reading {0} from {1}…", executionId, quote(name));
  const answer = await cancellable(dialogs, title, (signal) => archive.read(executionId, signal, day));
  if (answer === undefined || answer.result !== undefined) return answer?.result;
  const reason =
    day === undefined
      ? "It has not ended, is not for this destination, or was removed."
      : "It was removed after the list was made, perhaps by a rule of the store. Select another one.";
  throw new BridgeError("NOT_FOUND", `${quote(name)} does not have the run ${executionId}. ${reason}`);
}

function itemOf({ executionId, queuedAt, size }: ListedRun, head: RunHead | undefined) {
  const time = queuedAt === undefined ? [] : [new Date(queuedAt).toLocaleString()];
  const weight = size === undefined ? [] : [`${Math.ceil(size / 1024)} KiB`];
  if (head === undefined) return { label: executionId, description: [...time, ...weight].join(", ") };
  return {
    label: head.command,
    description: [executionStatusWord(head.status), ...time].join(", "),
    detail: [executionId, ...weight].join(", "),
  };
}

async function enterDay({ askForText }: Dialogs): Promise<string | undefined> {
  const entered = await askForText({
    title: TITLE,
    prompt: l10n.t("Enter the day (UTC) on which the run was requested"),
    placeHolder: "2026-11-28",
    validateInput: (text) => (isDay(text.trim()) ? undefined : l10n.t("Enter a day as 2026-11-28.")),
  });
  return entered?.trim();
}

async function enterId({ askForText }: Dialogs): Promise<RunWish | undefined> {
  const entered = await askForText({
    title: TITLE,
    prompt: l10n.t("Enter the ID of the execution"),
    placeHolder: "exec-1764293340000-1-a",
    validateInput: (text) =>
      isId(text.trim()) ? undefined : l10n.t("Enter an ID that begins with 'exec-' and a time."),
  });
  return entered === undefined ? undefined : { executionId: entered.trim() };
}

function isDay(text: string): boolean {
  const time = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(text) : Number.NaN;
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}

function isId(text: string): boolean {
  return /^exec-\d{1,13}-[A-Za-z0-9_-]{1,100}$/.test(text);
}
