import type * as vscode from "vscode";

/** The vendor of the models that this extension offers to the editor, as in package.json. */
export const OWN_VENDOR = "kiro-bridge";

/** The classes of the editor for the parts of messages. */
export type PartClasses = Pick<
  typeof vscode,
  | "LanguageModelTextPart"
  | "LanguageModelDataPart"
  | "LanguageModelToolCallPart"
  | "LanguageModelToolResultPart"
  | "LanguageModelPromptTsxPart"
>;

/** The classes of the editor for messages to models. */
export type MessageClasses = Omit<PartClasses, "LanguageModelPromptTsxPart"> &
  Pick<typeof vscode, "LanguageModelChatMessage">;

interface ToolModes {
  readonly LanguageModelChatToolMode: Readonly<Record<"Auto" | "Required", vscode.LanguageModelChatToolMode>>;
}

/** The parts of the editor's API for its models. */
export interface ModelsApi extends MessageClasses, ToolModes, Pick<typeof vscode, "CancellationTokenSource"> {
  /** Undefined in editors without models. */
  readonly lm: Pick<typeof vscode.lm, "selectChatModels"> | undefined;
}

/** The parts of the editor's API for models that are offered to it. */
export interface OfferApi extends PartClasses, ToolModes {
  readonly LanguageModelError: Pick<typeof vscode.LanguageModelError, "NotFound" | "NoPermissions" | "Blocked">;
}
