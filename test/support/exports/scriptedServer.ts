// A server whose replies are scripted is the same for models and for destinations.
export {
  ModelServer as ScriptedServer,
  never,
  type ModelRequest as ScriptedRequest,
  type ModelScript as Script,
} from "../models/modelServer.ts";
