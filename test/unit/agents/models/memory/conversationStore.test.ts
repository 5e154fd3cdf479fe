import assert from "node:assert/strict";
import { mkdir, readFile, rename, rm, rmdir, stat, utimes, writeFile } from "node:fs/promises";
import { TemporaryConversations } from "../../../../../src/agents/models/memory/temporaryConversations.ts";
import { Redactor } from "../../../../../src/core/privacy/redactor.ts";
import type { ConversationItem } from "../../../../../src/core/models/step.ts";
import {
  answerItem,
  callItem,
  Conversations,
  place,
  problemOf,
  resultItem,
  userItem,
} from "../../../../support/models/conversations.ts";

const image = { type: "image", mimeType: "image/png", data: "aGVsbG8=" } as const;
const opaque = {
  type: "opaque",
  wire: "anthropic",
  model: "m",
  data: { signature: "sk-ant-api03-abcdefghijklmnopqrstuvwxyz0123456789" },
} as const;
const twoTurns: readonly ConversationItem[] = [
  { role: "user", content: [{ type: "text", text: "Look at this" }, image] },
  { role: "assistant", parts: [opaque, { type: "text", text: "I look." }, ...callsOf("a", "b")] },
  resultItem("seen", "a", "b"),
  answerItem("It is green."),
  userItem("And now?"),
  answerItem("Still green."),
];

describe("StoredConversations", () => {
  let conversations: Conversations;

  beforeEach(async () => {
    conversations = await Conversations.create();
  });
  afterEach(() => conversations.dispose());

  /** Stores two turns, and closes the conversation. */
  const storeTwoTurns = async (): Promise<void> => {
    const conversation = await conversations.window().open(place, false);
    for (const [at, item] of twoTurns.entries()) await conversation.append(item, at < 4 ? "exec-1" : "exec-2");
    await conversation.dispose();
  };

  it("resumes a conversation as it was, with its images and with what the vendor verifies", async () => {
    await storeTwoTurns();
    const resumed = await conversations.window().open(place, false);
    assert.deepEqual(resumed.items, twoTurns);
    assert.equal(resumed.turns, 2);
    assert.equal(resumed.isResumed, true);
    assert.equal(resumed.isHeldElsewhere, false);
    await resumed.append(userItem("third"), "exec-3");
    assert.equal(resumed.turns, 3);
    assert.deepEqual(conversations.warnings, []);
  });

  it("begins another conversation for another engine, folder, name or owner", async () => {
    await storeTwoTurns();
    const window = conversations.window();
    for (const other of [{ engineId: "x" }, { workspacePath: "/y" }, { name: "z" }, { ownerId: "client-1" }]) {
      const { items, isResumed } = await window.open({ ...place, ...other }, false);
      assert.deepEqual({ items, isResumed }, { items: [], isResumed: false });
    }
  });

  it("lets no other user read it", async function () {
    if (process.platform === "win32") this.skip();
    await storeTwoTurns();
    const [path = ""] = await conversations.files();
    const conversation = await conversations.window().open(place, false);
    await conversation.rewrite([], 2);
    assert.equal((await stat(path)).mode & 0o777, 0o600);
    assert.equal((await stat(conversations.folder)).mode & 0o777, 0o700);
  });

  it("begins again on request, whatever the replaced agent still says", async () => {
    const window = conversations.window();
    const old = await window.open(place, false);
    await old.append(userItem("old"), "exec-1");
    const next = await window.open(place, true);
    await next.append(userItem("new"), "exec-2");
    await old.append(answerItem("late"), "exec-1");
    await old.forget();
    await next.append(answerItem("yes"), "exec-2");
    await next.dispose();
    assert.deepEqual((await window.open(place, false)).items, [userItem("new"), answerItem("yes")]);
  });

  it("completes a turn that was interrupted after any of its items", async () => {
    const turn = [
      userItem("do it"),
      callItem("a", "b"),
      resultItem("done", "a", "b"),
      callItem("c"),
      resultItem("done", "c"),
    ];
    const window = conversations.window();
    for (let length = 1; length <= turn.length; length++) {
      const conversation = await window.open(place, true);
      for (const item of turn.slice(0, length)) await conversation.append(item, "exec-1");
      await conversation.dispose();
      const { items, turns } = await window.open(place, false);
      assert.deepEqual(items.slice(0, length), turn.slice(0, length));
      assert.equal(problemOf(items), undefined);
      assert.equal(items.at(-1)?.role, "assistant");
      assert.match(JSON.stringify(items.slice(length)), /Interrupted|not completed/);
      assert.equal(turns, 1);
      const again = await window.open(place, false);
      assert.deepEqual(again.items, items, "it is completed once");
    }
  });

  it("has every whole item, wherever its file ends", async () => {
    await storeTwoTurns();
    const [path = ""] = await conversations.files();
    const whole = await readFile(path);
    const lines = whole.toString("latin1").split("\n");
    const ends = lines.slice(0, -1).map((_, at) => lines.slice(0, at + 1).join("\n").length + 1);
    const near = ends.flatMap((end) => [end - 20, end - 1, end, end + 1, end + 9]);
    for (const bytes of [0, 1, ...near].filter((at) => at <= whole.length)) {
      const crashed = await conversations.crashed(bytes);
      try {
        const items = Math.max(0, ends.filter((end) => end <= bytes).length - 1);
        const conversation = await crashed.window().open(place, false);
        assert.deepEqual(conversation.items.slice(0, items), twoTurns.slice(0, items), `${bytes} bytes`);
        assert.equal(problemOf(conversation.items), undefined, `${bytes} bytes`);
        await conversation.append(userItem("go on"), "exec-9");
        const { items: before } = conversation;
        await conversation.dispose();
        const again = await crashed.window().open(place, false);
        assert.deepEqual(again.items.slice(0, before.length), before, `${bytes} bytes`);
        assert.equal(crashed.warnings.length, ends.includes(bytes) || bytes === 0 ? 0 : 1, `${bytes} bytes`);
      } finally {
        await crashed.dispose();
      }
    }
  });

  it("leaves out a damaged line, and what has no meaning without it", async () => {
    await storeTwoTurns();
    const [path = ""] = await conversations.files();
    const lines = (await readFile(path, "utf8")).split("\n");
    lines[2] = lines[2]?.replace("I look.", "I lied.") ?? "";
    await writeFile(path, lines.join("\n"));
    const { items } = await conversations.window().open(place, false);
    assert.deepEqual(conversations.warnings, ["Lines of a conversation with a model are damaged"]);
    assert.equal(problemOf(items), undefined);
    assert.deepEqual(items, [twoTurns[0], ...twoTurns.slice(3)]);
  });

  it("begins again with a file that it cannot read", async () => {
    await storeTwoTurns();
    const [path = ""] = await conversations.files();
    await writeFile(path, "00000000 {}\nsomething else\n");
    const conversation = await conversations.window().open(place, false);
    assert.deepEqual(conversation.items, []);
    await conversation.append(userItem("hello"), "exec-1");
    assert.deepEqual(conversations.warnings, ["Lines of a conversation with a model are damaged"]);
  });

  it("writes no secret to the disk, and keeps arguments JSON and opaque parts unchanged", async () => {
    const key = "ghp_abcdefghijklmnopqrstuvwxyz0123456789";
    const redactor = new Redactor({ secrets: () => ["my-own-secret-token"] });
    const conversation = await conversations.window({ redactor }).open(place, false);
    const json = JSON.stringify({ path: "a.txt", password: "hunter22", text: `say "${key}"` });
    const call = { type: "call", id: "a", name: "look", arguments: json } as const;
    await conversation.append(userItem(`my-own-secret-token and ${key}`), "exec-1");
    await conversation.append({ role: "assistant", parts: [opaque, { type: "text", text: key }, call] }, "exec-1");
    await conversation.append(resultItem(`result ${key}`, "a"), "exec-1");
    await conversation.append({ role: "assistant", parts: [{ ...call, arguments: `not JSON ${key}` }] }, "exec-1");
    assert.match(JSON.stringify(conversation.items), /ghp_/, "the model gets what was said");
    await conversation.rewrite(conversation.items.slice(0, 1), conversation.items.length - 1);
    await conversation.dispose();
    assert.doesNotMatch(await conversations.text(), /ghp_|hunter22|my-own-secret/);
    const [, answer] = (await conversations.window().open(place, false)).items;
    assert.deepEqual(answer?.role === "assistant" && answer.parts[0], opaque);
    const masked = answer?.role === "assistant" ? answer.parts.find(({ type }) => type === "call") : undefined;
    assert.equal(masked?.type === "call" && JSON.parse(masked.arguments).path, "a.txt");
  });

  it("gives another window a temporary conversation that says so, until the first one closes it", async () => {
    const [one, two] = [conversations.window(), conversations.window()];
    const first = await one.open(place, false);
    await first.append(userItem("mine"), "exec-1");
    const second = await two.open(place, false);
    assert.deepEqual({ held: second.isHeldElsewhere, items: second.items }, { held: true, items: [] });
    await second.append(userItem("theirs"), "exec-2");
    await second.dispose();
    await second.forget();
    await first.append(answerItem("yes"), "exec-1");
    await first.dispose();
    const third = await two.open(place, false);
    assert.deepEqual(third.items, [userItem("mine"), answerItem("yes")]);
    assert.equal(third.isHeldElsewhere, false);
    assert.doesNotMatch(await conversations.text(), /theirs/);
  });

  it("forgets a conversation for good, also one that is no longer open", async () => {
    const window = conversations.window();
    const open = await window.open(place, false);
    await open.append(userItem("secret plan"), "exec-1");
    await open.forget();
    assert.deepEqual(open.items, []);
    assert.deepEqual(await conversations.files(), []);

    const closed = await window.open(place, false);
    await closed.append(userItem("secret plan"), "exec-2");
    await closed.dispose();
    await closed.forget();
    assert.deepEqual(await conversations.files(), []);
  });

  it("goes on in memory while the disk fails, and then writes everything", async () => {
    const window = conversations.window();
    const conversation = await window.open(place, false);
    await conversation.append(userItem("1"), "exec-1");
    await conversation.rewrite([userItem("one")], 0);
    const [path = ""] = await conversations.files();
    await rename(path, `${path}.away`);
    await mkdir(path);
    await conversation.append(answerItem("2"), "exec-1");
    assert.deepEqual(conversation.items, [userItem("one"), answerItem("2")]);
    assert.deepEqual(conversations.warnings, ["A conversation with a model could not be written"]);
    await rmdir(path);
    await rename(`${path}.away`, path);
    await conversation.append(userItem("3"), "exec-2");
    await conversation.dispose();
    const { items } = await window.open(place, false);
    assert.deepEqual(items.slice(0, 3), [userItem("one"), answerItem("2"), userItem("3")]);
  });

  it("is not written again when the user has removed its file", async () => {
    const window = conversations.window();
    const [one, two] = [await window.open(place, false), await window.open({ ...place, name: "two" }, false)];
    for (const conversation of [one, two]) await conversation.append(userItem("private"), "exec-1");
    await two.rewrite([userItem("private")], 0);
    for (const path of await conversations.files()) await rm(path);
    await one.append(answerItem("a"), "exec-1");
    await two.append(answerItem("a"), "exec-1");
    await one.rewrite([userItem("private")], 1);
    assert.deepEqual(one.items, [userItem("private"), answerItem("a")]);
    assert.deepEqual(await conversations.files(), []);
    assert.deepEqual((await window.open(place, false)).items, []);
    assert.deepEqual(conversations.warnings, []);
  });

  it("is temporary if its folder cannot be used", async () => {
    await writeFile(conversations.folder, "a file in its place");
    const conversation = await conversations.window().open(place, false);
    await conversation.append(userItem("hello"), "exec-1");
    assert.deepEqual(conversation.items, [userItem("hello")]);
    assert.ok(conversations.warnings.includes("A conversation with a model could not be opened"));
  });

  it("removes conversations that are old, and the oldest ones above the size limit, but none that is open", async () => {
    const window = conversations.window();
    const long = "x".repeat(10_000);
    for (const name of ["expired", "older", "newer", "open"]) {
      const conversation = await window.open({ ...place, name }, false);
      await conversation.append(userItem(`${name} ${long}`), "exec-1");
      if (name !== "open") await conversation.dispose();
    }
    const aged = { expired: 1e9, older: 3e6, newer: 2e6, open: 1e9 };
    for (const path of await conversations.files()) {
      const text = await readFile(path, "utf8");
      const [, ageMs = 0] = Object.entries(aged).find(([name]) => text.includes(`"${name} x`)) ?? [];
      await utimes(path, new Date(Date.now() - ageMs), new Date(Date.now() - ageMs));
    }
    const trimming = conversations.window({ limits: { maxBytes: 25_000, maxAgeMs: 5e6 } });
    await trimming.dispose();
    const left = await conversations.text();
    assert.deepEqual(
      Object.keys(aged).filter((name) => left.includes(`"${name} x`)),
      ["newer", "open"],
    );
  });

  it("keeps no file in memory-only conversations", async () => {
    const store = new TemporaryConversations();
    const conversation = await store.open();
    await conversation.append(userItem("hello"), "exec-1");
    await conversation.rewrite([userItem("summary")], 0);
    assert.deepEqual(
      { items: conversation.items, turns: conversation.turns },
      { items: [userItem("summary")], turns: 1 },
    );
    await conversation.dispose();
    assert.deepEqual((await store.open()).items, []);
  });
});

function callsOf(...ids: readonly string[]) {
  return ids.map((id) => ({ type: "call", id, name: "look", arguments: "{}" }) as const);
}
