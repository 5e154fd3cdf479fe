import type { AccessWidened, AuditSink } from "../core/access/audit.ts";
import { type Settings, settingsSchema } from "./settingsTable.ts";

type Values = Readonly<Record<string, unknown>>;
type Widening = (wanted: unknown, before: unknown) => string | undefined;

const loopback: ReadonlySet<unknown> = new Set(["127.0.0.1", "localhost", "::1"]);

/** The settings that can let more programs in, or let them do more. Each returns the new part, if there is one. */
const widenings: Readonly<Record<string, Widening>> = {
  "auth.mode": becomes("none"),
  "auth.discovery": becomes("full"),
  "auth.issuers": added((issuer) => String(Reflect.get(Object(issuer), "issuer"))),
  "api.host": (wanted, before) => (loopback.has(wanted) || wanted === before ? undefined : String(wanted)),
  "api.allowedHosts": added(),
  "api.allowedOrigins": added(),
  "commands.allow": added(),
  "commands.deny": (wanted, before) => {
    const gone = added()(before, wanted);
    return gone === undefined ? undefined : `without ${gone}`;
  },
  "cli.trustTools": added(),
  "cli.trustAllTools": becomes(true),
  "audit.enabled": becomes(false),
};

/** Notes the settings that widen access: at the start in comparison with the defaults, then with those applied before. */
export class WidenedAccess {
  readonly #audit: AuditSink;
  #applied: Values = settingsSchema.parse({});

  constructor(audit: AuditSink) {
    this.#audit = audit;
  }

  apply(settings: Settings): void {
    for (const entry of widened(settings, this.#applied)) this.#audit.note(entry);
    this.#applied = settings;
  }
}

function widened(settings: Values, before: Values): AccessWidened[] {
  return Object.entries(widenings).flatMap(([setting, widening]) => {
    const value = widening(settings[setting], before[setting]);
    return value === undefined ? [] : [{ kind: "access-widened", setting, value }];
  });
}

function becomes(value: unknown): Widening {
  return (wanted, before) => (wanted === value && before !== value ? String(value) : undefined);
}

/** @param nameOf names an element */
function added(nameOf: (element: unknown) => string = String): Widening {
  const namesOf = (list: unknown): string[] => (Array.isArray(list) ? list.map(nameOf) : []);
  return (wanted, before) => {
    const known = new Set(namesOf(before));
    const more = namesOf(wanted).filter((name) => !known.has(name));
    return more.length === 0 ? undefined : more.join(", ");
  };
}
