import assert from "node:assert/strict";
import { engineSchema } from "../../../../src/agents/engines/engineSettings.ts";
import { baseUrlOf, type EnginePreset, enginePresets, problemOfPart } from "../../../../src/agents/engines/presets.ts";

/** The settings that the examples of a preset make. */
function exampleOf(preset: EnginePreset) {
  const { id, wire, apiVersion, parts, modelExample } = preset;
  const baseUrl = baseUrlOf(preset, Object.fromEntries(parts.map(({ name, example }) => [name, example])));
  return { id, wire, baseUrl, ...(apiVersion !== undefined && { apiVersion }), models: [modelExample] };
}

function presetNamed(id: string): EnginePreset {
  const preset = enginePresets.find((each) => each.id === id);
  assert.ok(preset, id);
  return preset;
}

describe("enginePresets", () => {
  it("make valid settings of their examples, each with an ID and a name of its own", () => {
    for (const preset of enginePresets)
      assert.equal(engineSchema.safeParse(exampleOf(preset)).error, undefined, preset.id);
    for (const field of ["id", "name"] as const) {
      const all = enginePresets.map((preset) => preset[field]);
      assert.deepEqual([...new Set(all)], all);
    }
  });

  it("ask for each part of their URLs, and for nothing else", () => {
    for (const { id, baseUrl, parts } of enginePresets) {
      const used = [...baseUrl.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
      assert.deepEqual(new Set(parts.map(({ name }) => name)), new Set(used), id);
    }
  });

  it("have a command where a key is printed by default, and no key where the server wants none", () => {
    for (const { id, auth, command } of enginePresets) {
      assert.ok(auth.length > 0, id);
      if (auth[0] === "command") assert.ok(command !== undefined && command.length > 0, id);
    }
    assert.deepEqual(
      enginePresets.filter(({ auth }) => auth[0] === "none").map(({ id }) => id),
      ["ollama", "lmstudio", "vllm", "editor-models"],
    );
  });

  it("reach the addresses that the vendors document", () => {
    const urls = Object.fromEntries(enginePresets.map((preset) => [preset.id, exampleOf(preset).baseUrl]));
    assert.deepEqual(urls, {
      openai: "https://api.openai.com/v1",
      azure: "https://my-resource.openai.azure.com/openai/v1",
      "azure-deployments": "https://my-resource.openai.azure.com",
      anthropic: "https://api.anthropic.com",
      foundry: "https://my-resource.services.ai.azure.com/anthropic",
      bedrock: "https://bedrock-runtime.us-west-2.amazonaws.com/openai/v1",
      "bedrock-claude": "https://bedrock-mantle.us-west-2.api.aws/anthropic",
      vertex:
        "https://us-central1-aiplatform.googleapis.com/v1/projects/my-project/locations/us-central1/endpoints/openapi",
      ollama: "http://127.0.0.1:11434/v1",
      lmstudio: "http://127.0.0.1:1234/v1",
      vllm: "http://127.0.0.1:8000/v1",
      openrouter: "https://openrouter.ai/api/v1",
      compatible: "https://models.example.com/v1",
      "editor-models": undefined,
    });
  });
});

describe("baseUrlOf", () => {
  it("takes the endpoint of Azure out of whatever URL of the resource was copied", () => {
    const azure = presetNamed("azure");
    for (const copied of [
      "https://mine.openai.azure.com",
      "https://mine.openai.azure.com/",
      " https://mine.openai.azure.com/openai/v1/ ",
      "https://mine.openai.azure.com/openai/deployments/gpt/chat/completions?api-version=2024-10-21",
    ])
      assert.equal(baseUrlOf(azure, { endpoint: copied }), "https://mine.openai.azure.com/openai/v1");
  });

  it("keeps the path of a server, without the slash at its end", () => {
    assert.equal(baseUrlOf(presetNamed("compatible"), { url: "http://box:8080/llm/v1/" }), "http://box:8080/llm/v1");
  });

  it("refuses what is no URL, another scheme, a key in the URL, and names that would change the address", () => {
    const refused = (id: string, given: Record<string, string>, field: string) =>
      assert.throws(() => baseUrlOf(presetNamed(id), given), { code: "VALIDATION_FAILED", context: { field } });
    refused("compatible", { url: "models.example.com/v1" }, "url");
    refused("compatible", { url: "file:///etc/passwd" }, "url");
    refused("compatible", { url: "https://user:key@models.example.com/v1" }, "url");
    refused("compatible", { url: "https://models.example.com/v1?key=secret" }, "url");
    refused("compatible", {}, "url");
    refused("bedrock", { region: "evil.example.com/" }, "region");
    refused("vertex", { region: "us-central1", project: "a/b" }, "project");
  });

  it("says with an example what a part must be", () => {
    const [region] = presetNamed("bedrock").parts;
    assert.ok(region);
    assert.equal(problemOfPart(region, "us-west-2"), undefined);
    assert.match(problemOfPart(region, "") ?? "", /us-west-2/);
  });
});
