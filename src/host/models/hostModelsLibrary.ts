/** The models and tools of the editor, and the dialogs for engines. Built as a bundle of its own, which is loaded on first use. */
export { EditorChatModels } from "./editorModels.ts";
export { invokeEditorTool } from "./invokeEditorTool.ts";
export { addModel } from "./add/addModel.ts";
export { allowEditorModels } from "./add/allowEditorModels.ts";
export { removeModel, setModelKey } from "./add/changeModels.ts";
export { answerEditor, countTokens } from "./offer/answerEditor.ts";
