import assert from "node:assert/strict";
import { fakeSay } from "../../../fixtures/simulator/directive.ts";
import { nextEvent } from "../../../support/events.ts";
import { TestClock } from "../../../support/testClock.ts";
import { KiroBridge } from "./kiroBridge.ts";

describe("POST /kiro/chat with a JSON Schema", () => {
  let handlers: KiroBridge;
  let clock: TestClock | undefined;
  before(async () => {
    handlers = await new KiroBridge().listen();
  });
  afterEach(() => clock?.release());
  after(() => handlers.dispose());

  const schema = {
    type: "object",
    properties: {
      score: { type: "integer", minimum: 0, maximum: 100 },
      notes: { type: "array", items: { type: "string" } },
    },
    required: ["score", "notes"],
    additionalProperties: false,
  };
  const ask = (text: string) => handlers.chat({ prompt: fakeSay(text), session: "json", schema });

  it("returns the JSON of the answer, fenced or bare, if it matches", async () => {
    const value = { score: 7, notes: ["a ``` b"] };
    const text = JSON.stringify(value);
    for (const said of [`Here it is:\n\n\`\`\`json\n${text}\n\`\`\`\nDone.`, text, `Sure: ${text}, as you wished.`]) {
      const answer = await ask(said);
      assert.deepEqual([answer.status, answer.json["success"], answer.json["json"]], [200, true, value], said);
      assert.equal(answer.json["message"], said);
    }
  });

  it("reports no success if there is none or it does not match, and keeps the message", async () => {
    for (const said of [
      "No JSON today.",
      '{"score":101,"notes":[]}',
      '{"score":1}',
      '```json\n{"score":1,"notes":["x"],}\n```',
    ]) {
      const { json } = await ask(said);
      assert.deepEqual([json["success"], json["json"], json["message"]], [false, undefined, said], said);
      assert.equal(typeof json["error"], "string");
    }
  });

  it("reports no success, without blocking others, if its pattern never finishes", async () => {
    const slow = { type: "object", properties: { name: { type: "string", pattern: "^(\\w+\\s?)+$" } } };
    const prompt = fakeSay(JSON.stringify({ name: `${"a".repeat(60)}!` }));
    clock = TestClock.stopped();
    const isSaid = nextEvent(handlers.rig.events, "command-completed");
    const asked = handlers.chat({ prompt, session: "json", schema: slow });
    const isAnswered = asked.then(() => true);
    await isSaid;
    let others = 0;
    while (!(await Promise.race([isAnswered, handlers.call("/kiro/sessions").then(() => false)]))) {
      others++;
      clock.pass(300);
    }
    assert.ok(others > 5, `${others} others were answered meanwhile`);
    const { status, json } = await asked;
    assert.deepEqual([status, json["success"], json["code"]], [200, false, "COMMAND_EXECUTION_FAILED"]);
    assert.match(
      String(json["error"]),
      /could not be checked against the schema: it takes longer than \d+ ms; a pattern/,
    );
  });

  it("reports no success if it is nested too deeply", async () => {
    const deep = `${"[".repeat(200)}${"]".repeat(200)}`;
    const { json } = await handlers.chat({ prompt: fakeSay(deep), session: "json", schema: {} });
    assert.deepEqual([json["success"], json["message"]], [false, deep]);
    assert.match(String(json["error"]), /nested deeper than 100 levels/);
  });

  it("adds the schema to the prompt", () => {
    const prompts = handlers.rig.log.records("turn").map(({ prompt }) => String(prompt));
    assert(
      prompts.some(
        (prompt) =>
          prompt.endsWith(`fits this JSON Schema:\n${JSON.stringify(schema)}`) ||
          prompt.includes(JSON.stringify(schema)),
      ),
    );
  });
});
