// Removes from the SDKs of OpenAI and Anthropic what the bridge does not use: the classes of their hundreds of endpoints, of
// which it calls the few that it needs by `client.post` and `client.get`. Half of the bundle of models would be these.
import { readFile } from "node:fs/promises";

const RESOURCES = /node_modules[\\/](?:openai|@anthropic-ai[\\/]sdk)[\\/]resources[\\/].*\.mjs$/;
/** A class of endpoints, from its first line to the brace below it. */
const RESOURCE = /^(( *)(?:export )?)class (\w+) extends APIResource \{[\s\S]*?^\2\}$/gm;
/** `Messages.Batches = Batches;` */
const STATIC = /^ *[A-Z]\w*\.[A-Z]\w* = [A-Z]\w*;$/gm;

/** @type {import("esbuild").Plugin} */
export const slimSdks = {
  name: "slim-sdks",
  setup(build) {
    build.onLoad({ filter: RESOURCES }, async ({ path }) => {
      const source = await readFile(path, "utf8");
      return { contents: source.replace(RESOURCE, "$1class $3 {}").replace(STATIC, "") };
    });
    // The SDK of OpenAI does not say that its modules can be left out.
    build.onResolve({ filter: /^\.\.?\// }, async ({ path, importer, resolveDir, kind, pluginData }) => {
      if (pluginData === slimSdks || !RESOURCES.test(importer)) return undefined;
      const found = await build.resolve(path, { importer, resolveDir, kind, pluginData: slimSdks });
      return { ...found, sideEffects: false };
    });
  },
};
