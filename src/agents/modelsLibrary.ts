// The bundle dist/models.cjs, read when the first engine is used.
export { composeModels } from "./models/composeModels.ts";
