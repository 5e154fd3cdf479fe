import * as l10n from "@vscode/l10n";
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
        question: l10n.t("Cancel all {0} runs?", question.runs),
        detail: l10n.t("Queued runs will not start. Editor commands that are already running cannot be stopped."),
        yes: l10n.t("Cancel All"),
        no: l10n.t("Keep Running"),
      };
    case "revoke-access":
      return {
        question: l10n.t("Revoke the access of “{0}”?", question.name),
        detail: l10n.t(
          "Its connections are closed, its queued executions do not start, and its token is of no use any more.",
        ),
        yes: l10n.t("Revoke"),
      };
    case "remove-dead-letter":
      return {
        question: l10n.t("Remove this message?"),
        detail: l10n.t("It cannot be sent again."),
        yes: l10n.t("Remove"),
      };
    case "remove-export-letters":
      return {
        question: l10n.t("Remove the dead letters of {0}?", question.name),
        detail: l10n.t("They cannot be sent again."),
        yes: l10n.t("Remove"),
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
      return l10n.t("Copied to the clipboard.");
    case "curl":
      return l10n.t("curl command copied to the clipboard. Set TOKEN to your token before you run it.");
    case "output":
      return l10n.t("Output copied to the clipboard.");
    default:
      return copied.words;
  }
}
