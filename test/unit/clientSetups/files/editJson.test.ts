import assert from "node:assert/strict";
import { editJson } from "../../../../src/clientSetups/files/editJson.ts";

const entry = {
  path: ["mcpServers", "kiro-bridge"],
  value: { url: "http://127.0.0.1:3001/mcp", headers: { Authorization: "Bearer x" }, tools: ["*"] },
};

describe("An entry in a JSON file of a client", () => {
  it("is put into an empty file", () => {
    const wanted = { mcpServers: { "kiro-bridge": entry.value } };
    assert.deepEqual(JSON.parse(editJson("", entry)), wanted);
    assert.deepEqual(JSON.parse(editJson("{}", entry)), wanted);
  });

  it("keeps comments, order and other servers", () => {
    const text = `{
  // mine
  "theme":   "dark",
  "mcpServers": {
    "other": { "command": "x" }, /* kept */
  },
  "last": 1,
}
`;
    const edited = editJson(text, entry);
    for (const kept of ["// mine", '"theme":   "dark"', '"command": "x"', "/* kept */", '"last": 1'])
      assert.ok(edited.includes(kept), edited);
    assert.ok(edited.includes('"url": "http://127.0.0.1:3001/mcp"'));
    assert.equal(editJson(edited, entry), edited);
  });

  it("has the indentation and the line ends of the file", () => {
    const edited = editJson('{\r\n\t"theme": "dark"\r\n}\r\n', entry);
    assert.ok(edited.includes('\r\n\t"mcpServers": {\r\n\t\t"kiro-bridge": {'), JSON.stringify(edited));
    assert.doesNotMatch(edited, /[^\r]\n/);
    assert.doesNotMatch(edited, / {2}/);
  });

  it("changes its own fields, and keeps those of the user and their lists", () => {
    const present = {
      mcpServers: { "kiro-bridge": { url: "old", timeout: 5, tools: ["search_commands"], headers: { A: "b" } } },
    };
    assert.deepEqual(JSON.parse(editJson(JSON.stringify(present), entry)), {
      mcpServers: {
        "kiro-bridge": {
          url: "http://127.0.0.1:3001/mcp",
          timeout: 5,
          tools: ["search_commands"],
          headers: { A: "b", Authorization: "Bearer x" },
        },
      },
    });
  });

  it("adds the item that it refers to, once", () => {
    const item = { list: "inputs", value: { id: "token", type: "promptString" } };
    const present = '{"inputs":[{"id":"mine"}]}';
    const edited = editJson(present, { ...entry, item });
    assert.deepEqual(JSON.parse(edited).inputs, [{ id: "mine" }, item.value]);
    assert.equal(editJson(edited, { ...entry, item }), edited);
    assert.deepEqual(JSON.parse(editJson("", { ...entry, item })).inputs, [item.value]);
    assert.throws(() => editJson('{"inputs":{}}', { ...entry, item }), /its inputs are no list/);
  });

  for (const text of ["{", "[]", '"text"', "{} {}", '{"a": }', "mcpServers:\n  x: 1"]) {
    it(`is not put into ${JSON.stringify(text)}`, () => {
      assert.throws(() => editJson(text, entry), /it is not valid JSON/);
    });
  }

  it("is not put where something else is", () => {
    for (const value of [[1], "text", 5]) assert.throws(() => editJson(JSON.stringify({ mcpServers: value }), entry));
  });
});
