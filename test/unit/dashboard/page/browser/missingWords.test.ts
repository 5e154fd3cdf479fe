import assert from "node:assert/strict";
import { missingWords, withheldWords } from "../../../../../src/dashboard/page/browser/missingWords.ts";

describe("What a dashboard in a browser lacks", () => {
  it("is named once for each reason, and nothing in the editor", () => {
    assert.deepEqual(missingWords(undefined), []);
    const withheld = { stop: "editor", openLog: "editor", runAgain: "commands:run", input: "inputs:answer:own" };
    const [editor = "", run = "", answer = "", ...more] = missingWords(withheld);
    assert.match(editor, /^In the editor only: .*copy the token\.$/);
    assert.match(run, /run every editor command.* \(commands:run\)\.$/);
    assert.match(answer, /answer Kiro's questions.* \(inputs:answer:own\)\.$/);
    assert.deepEqual(more, []);
  });

  it("is given as a reason where it would be", () => {
    assert.equal(withheldWords(undefined), undefined);
    assert.match(withheldWords("editor") ?? "", /Only a window of the editor/);
    assert.match(withheldWords("a-scope-of-later") ?? "", /\(a-scope-of-later\)\.$/);
  });
});
