// Reports the responses of docs/openapi.json that no test has seen, after the tests have listed theirs in the folder that
// SEEN_ANSWERS_FOLDER names (seenAnswers.ts). Removes the folder.
import { readdirSync, readFileSync, rmdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { OpenApiDocument } from "./openApiDocument.ts";

/** Responses that the tests do not provoke on each route. */
const exceptions: readonly { readonly pattern: RegExp; readonly why: string }[] = [
  { pattern: / 500 /, why: "needs a defect, which everyAnswer.test.ts and openapiResponses.test.ts make in one route" },
  {
    pattern: /^GET \/(?:openapi\.json|asyncapi\.json|(?:docs|dashboard)\/\{file\}) 429 /,
    why: "needs 64 MiB of responses that clients do not read, as in test/load/server/limits/unread.test.ts",
  },
  { pattern: /^GET \/oauth\/consent\/\{handle\} 200 /, why: "comes after a minute without a decision" },
];

const folder = process.env["SEEN_ANSWERS_FOLDER"];
if (folder === undefined) throw new Error("SEEN_ANSWERS_FOLDER is missing.");
const seen = new Set<string>();
for (const name of readdirSync(folder)) {
  const file = join(folder, name);
  for (const line of readFileSync(file, "utf8").trimEnd().split("\n")) seen.add(line);
  rmSync(file);
}
rmdirSync(folder);
const document = new OpenApiDocument();
const documented = [...document.operations].flatMap(([route, { responses }]) =>
  Object.keys(responses).flatMap((status) => {
    const types = Object.keys(document.response(route, status).content ?? { "-": {} });
    return types.map((type) => `${route} ${status} ${type}`);
  }),
);
const unseen = documented.filter((line) => !seen.has(line) && !exceptions.some(({ pattern }) => pattern.test(line)));
process.stdout.write(`${documented.length} responses are documented, ${seen.size} were seen.\n`);
if (unseen.length > 0) {
  process.stderr.write(
    `No test has seen these; provoke them, or take them out of src/protocol/openapi:\n${unseen.join("\n")}\n`,
  );
  process.exitCode = 1;
}
