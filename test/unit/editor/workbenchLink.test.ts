import assert from "node:assert/strict";
import { WorkbenchLink } from "../../../src/editor/workbenchLink.ts";

const TICK_MS = 1;

/** A workbench that answers only when the test says so. */
class TestWorkbench {
  questions: PromiseWithResolvers<void>[] = [];
  onQuestion: () => void = () => undefined;

  reachWorkbench = (): Promise<void> => {
    const question = Promise.withResolvers<void>();
    this.questions.push(question);
    this.onQuestion();
    return question.promise;
  };

  /** Answers at once from now on, as one does that is there. */
  answer(): void {
    this.onQuestion = () => this.questions.at(-1)?.resolve();
    this.questions.at(-1)?.resolve();
  }
}

function changed(link: WorkbenchLink): Promise<void> {
  return new Promise((resolve) => {
    const watching = link.onDidChange(() => {
      void watching.dispose();
      resolve();
    });
  });
}

describe("WorkbenchLink", () => {
  let workbench: TestWorkbench;
  let link: WorkbenchLink;

  beforeEach(() => {
    workbench = new TestWorkbench();
    link = new WorkbenchLink(workbench, TICK_MS);
  });
  afterEach(() => link.dispose());

  it("notices that nobody answers, asks no second time, and notices the return by the answer", async () => {
    const startedAt = link.connectedAt;
    assert.equal(link.isConnected, true);
    await changed(link);
    assert.equal(link.isConnected, false);
    assert.equal(link.connectedAt, startedAt);
    assert.equal(workbench.questions.length, 1);
    const back = changed(link);
    workbench.answer();
    await back;
    assert.equal(link.isConnected, true);
  });

  it("says nothing about a workbench that answers, however often it is asked", async () => {
    workbench.answer();
    link.onDidChange(() => assert.fail("it changed"));
    const many = Promise.withResolvers<void>();
    const { onQuestion } = workbench;
    workbench.onQuestion = () => {
      onQuestion();
      if (workbench.questions.length === 20) many.resolve();
    };
    await many.promise;
    assert.equal(link.isConnected, true);
  });

  it("asks again when it could not ask", async () => {
    workbench.onQuestion = () => workbench.questions.at(-1)?.reject(new Error("Canceled"));
    const thrice = Promise.withResolvers<void>();
    const { onQuestion } = workbench;
    workbench.onQuestion = () => {
      onQuestion();
      if (workbench.questions.length === 3) thrice.resolve();
    };
    await thrice.promise;
    assert.equal(link.isConnected, true);
  });
});
