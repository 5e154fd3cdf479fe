import assert from "node:assert/strict";
import { engineSchema } from "../../../../src/agents/engines/engineSettings.ts";
import { offeredModels } from "../../../../src/host/models/offer/offeredModels.ts";

const engine = (settings: object) => engineSchema.parse({ wire: "openai-chat", ...settings });
const offered = (lendsTools: boolean, ...engines: readonly object[]) =>
  offeredModels({ engines: engines.map(engine), lendsTools, version: "1.2.3" });

describe("The models that the editor is offered", () => {
  it("are Kiro, and the models of each engine, of which the first has the name of the engine", () => {
    const models = offered(true, { id: "openai", name: "OpenAI", models: ["gpt-large", "gpt-small"] }, { id: "box" });
    assert.deepEqual(
      models.map(({ id, name, detail, version }) => [id, name, detail, version]),
      [
        ["kiro", "Kiro", "Kiro Bridge", "1.2.3"],
        ["openai", "gpt-large", "OpenAI", "1.2.3"],
        ["openai/gpt-small", "gpt-small", "OpenAI", "1.2.3"],
        ["box", "box", "box", "1.2.3"],
      ],
    );
  });

  it("do not have those of the editor itself", () => {
    const models = offered(true, { id: "editor-models", wire: "vscode-lm", models: ["acme/small"] });
    assert.deepEqual(
      models.map(({ id }) => id),
      ["kiro"],
    );
  });

  it("call tools, Kiro only if tools of clients are lent to it", () => {
    const tools = (lendsTools: boolean) =>
      offered(lendsTools, { id: "box" }).map(({ capabilities }) => capabilities.toolCalling);
    assert.deepEqual(tools(true), [true, true]);
    assert.deepEqual(tools(false), [false, true]);
  });

  it("leave room for the answer in their context", () => {
    const sizeOf = (settings: object) => {
      const [, model] = offered(true, { id: "box", ...settings });
      return [model?.maxInputTokens, model?.maxOutputTokens];
    };
    assert.deepEqual(sizeOf({ contextTokens: 8000 }), [7000, 1000]);
    assert.deepEqual(sizeOf({ contextTokens: 8000, limits: { maxOutputTokens: 2000 } }), [6000, 2000]);
    assert.deepEqual(sizeOf({ contextTokens: 8000, limits: { maxOutputTokens: 50_000 } }), [4000, 4000]);
  });
});
