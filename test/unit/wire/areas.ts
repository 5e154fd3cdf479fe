import type { Area } from "./area.ts";
import { access, openAccess } from "./areas/access.ts";
import { bus } from "./areas/bus.ts";
import { chat } from "./areas/chat.ts";
import { clients } from "./areas/clients.ts";
import { execute } from "./areas/execute.ts";
import { executions } from "./areas/executions.ts";
import { exports } from "./areas/exports.ts";
import { gateways } from "./areas/gateways.ts";
import { http } from "./areas/http.ts";
import { expiredQuestions, questions } from "./areas/questions.ts";
import { oauth } from "./areas/oauth.ts";
import { routing } from "./areas/routing.ts";
import { sessions } from "./areas/sessions.ts";
import { sockets } from "./areas/sockets.ts";
import { streams } from "./areas/streams.ts";
import { terminal } from "./areas/terminal.ts";
import { history, noCli, noWindow, rateLimit, stopping } from "./areas/trouble.ts";

export const areas: readonly Area[] = [
  access,
  openAccess,
  clients,
  oauth,
  http,
  execute,
  executions,
  chat,
  questions,
  expiredQuestions,
  sessions,
  sockets,
  streams,
  terminal,
  bus,
  routing,
  exports,
  gateways,
  noCli,
  noWindow,
  rateLimit,
  stopping,
  history,
];
