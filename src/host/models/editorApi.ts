import type * as vscode from "vscode";

/** The vendor of the models that this extension offers to the editor, as in package.json. */
export const OWN_VENDOR = "kiro-bridge";

/** The classes of the editor for messages of models. */
export type MessageClasses = Pick<
  typeof vscode,
  | "LanguageModelChatMessage"
  | "LanguageModelTextPart"
  | "LanguageModelDataPart"
  | "LanguageModelToolCallPart"
  | "LanguageModelToolResultPart"
>;

/** The parts of the editor's API for its models. */
export interface ModelsApi extends MessageClasses, Pick<typeof vscode, "CancellationTokenSource"> {
  readonly LanguageModelChatToolMode: Readonly<Record<"Auto" | "Required", vscode.LanguageModelChatToolMode>>;
  /** Undefined in editors without models. */
  readonly lm: Pick<typeof vscode.lm, "selectChatModels"> | undefined;
}
