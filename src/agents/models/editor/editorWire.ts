import type { EditorModels } from "../../engines/ports.ts";
import type { ModelWire } from "../wire.ts";

/** Creates the wire to the models of the editor, which have neither embeddings nor a protocol of their own. */
export function createEditorWire(editorModels: EditorModels): ModelWire {
  return {
    stream: (request, signal) => editorModels.stream(request, signal),
    listModels: async () => {
      const models = await editorModels.list();
      return models.map(({ id, name }) => ({ id, name }));
    },
  };
}
