/** A question before something that cannot be undone. The dialog that asks it chooses the words, in the language of its user. */
export type Question =
  | { readonly kind: "cancel-all"; readonly runs: number }
  | { readonly kind: "revoke-access"; readonly name: string }
  | { readonly kind: "remove-dead-letter" }
  | { readonly kind: "remove-export-letters"; readonly name: string }
  /** As another window has put it. */
  | (QuestionWords & { readonly kind: "words" });

export interface QuestionWords {
  readonly question: string;
  readonly detail: string;
  readonly yes: string;
  /** The button for the refusal, if it has one of its own. */
  readonly no?: string | undefined;
}

export function questionWords(question: Question): QuestionWords {
  switch (question.kind) {
    case "cancel-all":
      return {
        question: `Cancel all ${question.runs} runs?`,
        detail: "Queued runs will not start. Editor commands that are already running cannot be stopped.",
        yes: "Cancel All",
        no: "Keep Running",
      };
    case "revoke-access":
      return {
        question: `Revoke the access of “${question.name}”?`,
        detail: "Its connections are closed, its queued executions do not start, and its token is of no use any more.",
        yes: "Revoke",
      };
    case "remove-dead-letter":
      return { question: "Remove this message?", detail: "It cannot be sent again.", yes: "Remove" };
    case "remove-export-letters":
      return {
        question: `Remove the dead letters of ${question.name}?`,
        detail: "They cannot be sent again.",
        yes: "Remove",
      };
    case "words":
      return question;
  }
}

/** The kind of text that was copied, or the message of another window. */
export type Copied = "text" | "curl" | "output" | { readonly words: string };

/** Returns the message after a text was copied. */
export function copiedWords(copied: Copied): string {
  switch (copied) {
    case "text":
      return "Copied to the clipboard.";
    case "curl":
      return "curl command copied to the clipboard. Set TOKEN to your token before you run it.";
    case "output":
      return "Output copied to the clipboard.";
    default:
      return copied.words;
  }
}
