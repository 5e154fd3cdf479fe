// Records the animated picture of the README, docs/media/demo.webp, and a still one, docs/media/demo.png: a real editor with the
// packed extension, the simulator in place of Kiro, and curl. Usage: node scripts/media/recordDemo.mjs.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { packExtension } from "../packExtension.mjs";
import { EditorDashboard } from "../../test/support/dashboard/editorDashboard.ts";
import { openWindowWithBridge } from "../../test/support/editor/bridgeWindow.ts";
import { eventually } from "../../test/support/editor/deadline.ts";
import { repositoryRoot } from "../../test/support/editor/paths.ts";
import { fake } from "../../test/fixtures/simulator/directive.ts";
import { ShellLine } from "./program.mjs";
import { Recording } from "./recording.mjs";
import { setStage } from "./stage.mjs";

const DEADLINE_MS = 180_000;
const MAX_BYTES = 2 * 1024 * 1024;
const FRAME_MS = 100;

const answer = `Here are the release notes, from the 14 commits of this week:

**Live tracking.** Every step of every run is shown while it happens, in the dashboard and over the API.

**Questions.** The first answer counts: from the program that asked, or from you in the dashboard.

**History.** Runs are kept across restarts.
`;

const text = Buffer.from(answer).toString("base64");
const prompt = `Write the release notes\n${fake("tool,say", { chunkMs: 60, text })}`;
const openFile = `bridge "$URL/api/kiro/execute" \\
  -H "Content-Type: application/json" \\
  -d '{"command":"workbench.action.files.newUntitledFile"}'`;
const askKiro = `bridge -N "$URL/kiro/chat" -d @prompt.json \\
  -H "Content-Type: application/json" \\
  -H "Accept: text/event-stream" | grep --line-buffered ^data`;

await packExtension();
const opened = await openWindowWithBridge({
  name: "web-shop",
  actionDeadlineMs: DEADLINE_MS,
  startDeadlineMs: DEADLINE_MS,
  userSettings: {
    "workbench.colorTheme": "Default Dark Modern",
    "workbench.startupEditor": "none",
    "workbench.secondarySideBar.defaultVisibility": "hidden",
    "workbench.tips.enabled": false,
    "window.commandCenter": false,
    "window.title": "web-shop",
    "chat.commandCenter.enabled": false,
    "editor.minimap.enabled": false,
    "workbench.editor.empty.hint": "hidden",
  },
});
try {
  await record(opened);
} finally {
  await opened.session.end();
}

async function record({ session, window, bridge, folder }) {
  if (new URL(bridge.url).port !== "3001") throw new Error("Another program uses port 3001, which the picture shows.");
  const { page } = window;
  await page.setViewportSize({ width: 1000, height: 640 });
  await writeFile(join(folder, "prompt.json"), JSON.stringify({ prompt }));
  const recording = new Recording(page, [bridge.token, session.profile.root, repositoryRoot]);
  const stage = await setStage(page);
  const shoot = () => recording.shoot(FRAME_MS / 2);
  await showDashboard({ window, recording, stage, shoot });
  const shell = { home: session.profile.home, folder };
  const printed = await runCommand({ window, recording, stage, shell });
  const still = await answerQuestion({ window, recording, stage, shoot, shell, printed });
  await showHistory({ window, recording, stage, shoot });
  await save(recording, still);
}

/** From the status bar to the dashboard. */
async function showDashboard({ window, recording, stage, shoot }) {
  const item = await window.waitForStatusBarItem(/^Kiro Bridge/);
  await window.page.getByRole("treeitem", { name: "hello.md" }).waitFor();
  await stage.say("The bridge starts with the editor");
  await recording.shoot(700);
  await stage.pointAt(item, shoot);
  await recording.shoot(1100);
  const dashboard = new EditorDashboard(window);
  await stage.say("Its dashboard shows what runs");
  await stage.pointAt(dashboard.activity, shoot);
  await stage.click(shoot);
  await window.page.mouse.move(700, 200);
  const view = await dashboard.frame("view");
  await view.getByText("Nothing is running").waitFor();
  await widenSideBar(window.page);
  await recording.shoot(1500);
}

async function widenSideBar(page) {
  const bar = await page.locator(".part.sidebar").boundingBox();
  const edge = { x: bar.x + bar.width, y: 400 };
  await page.mouse.move(edge.x, edge.y);
  await page.mouse.down();
  await page.mouse.move(edge.x + 120, edge.y, { steps: 4 });
  await page.mouse.up();
  await page.mouse.move(700, 200);
}

/** A program runs a command of the editor. Returns what its terminal shows. */
async function runCommand({ window, recording, stage, shell }) {
  await stage.say("A program runs a command of the editor …");
  await stage.showTerminal();
  const printed = await type({ recording, stage, line: openFile, before: "" });
  const run = new ShellLine(openFile, shell);
  await eventually(() => (run.isOver ? true : undefined), { what: "the command to end", deadlineMs: DEADLINE_MS });
  const all = `${printed}\n${run.output}`;
  await stage.print(all);
  await recording.shoot(600);
  const view = await new EditorDashboard(window).frame("view");
  await view.getByText("Nothing is running").waitFor();
  await recording.shoot(1800);
  return all;
}

/** A program sends a prompt, Kiro asks, the user answers. Returns a still picture of the question. */
async function answerQuestion({ window, recording, stage, shoot, shell, printed }) {
  await stage.say("… or sends a prompt to Kiro");
  const typed = await type({ recording, stage, line: askKiro, before: `${printed}\n` });
  const run = new ShellLine(askKiro, shell);
  try {
    const view = await new EditorDashboard(window).frame("view");
    const question = view.getByRole("group", { name: /^Question from Write the release notes/ });
    const allow = question.getByRole("button").first();
    await allow.waitFor();
    await stage.print(`${typed}\n${run.output}`);
    await stage.say("Kiro asks before it uses a tool: you answer");
    await recording.shoot(1500);
    const still = await recording.still();
    await stage.pointAt(allow, shoot);
    await recording.shoot(400);
    await stage.click(shoot);
    await stage.say("The answer is shown live, in both places");
    await recording.film(FRAME_MS, async () => {
      await stage.print(`${typed}\n${run.output}`);
      return run.isOver;
    });
    await recording.shoot(1200);
    return still;
  } finally {
    run.end();
  }
}

/** Shows the runs in the history. */
async function showHistory({ window, recording, stage, shoot }) {
  const view = await new EditorDashboard(window).frame("view");
  await stage.say("The history keeps it");
  await stage.pointAt(view.getByRole("tab", { name: "History" }), shoot);
  await stage.click(shoot);
  const run = view.locator("kiro-list").getByRole("option", { name: /Write the release notes/ });
  await run.waitFor();
  await stage.pointAt(run, shoot);
  await recording.shoot(2500);
}

/** Shows how a line is typed, a few letters at a time. Returns what the terminal shows then. */
async function type({ recording, stage, line, before }) {
  for (let end = 6; end < line.length; end += 12) {
    await stage.print(`${before}$ ${line.slice(0, end)}▌`);
    await recording.shoot(FRAME_MS);
  }
  await stage.print(`${before}$ ${line}`);
  await recording.shoot(400);
  return `${before}$ ${line}`;
}

async function save(recording, still) {
  const folder = join(repositoryRoot, "docs", "media");
  await mkdir(folder, { recursive: true });
  const animation = await recording.animation();
  if (animation.byteLength > MAX_BYTES) throw new Error(`The picture has ${animation.byteLength} bytes.`);
  await writeFile(join(folder, "demo.webp"), animation);
  await writeFile(join(folder, "demo.png"), still);
  console.log(
    `docs/media/demo.webp: ${(animation.byteLength / 1024).toFixed(0)} KiB, ${(recording.durationMs / 1000).toFixed(1)} s; docs/media/demo.png: ${(still.byteLength / 1024).toFixed(0)} KiB`,
  );
}
