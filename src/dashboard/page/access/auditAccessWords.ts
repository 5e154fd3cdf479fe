import * as l10n from "@vscode/l10n";
import type { AuditEntryView } from "../../contract/audit.ts";
import { dayAndClock } from "../look/format.ts";

type Line = NonNullable<AuditEntryView["entry"]>;

/** Returns an entry on access, a plugin or a destination as one sentence; undefined for others. @param who the caller */
export function accessWords(entry: Line, who: string): string | undefined {
  const by = entry.principal === undefined ? undefined : who;
  return pairingWords(entry, by) ?? clientWords(entry, by) ?? pluginWords(entry) ?? exportWords(entry, by);
}

function pairingWords({ kind, name = "", scopes = [], expiresAt }: Line, by: string | undefined): string | undefined {
  const list = scopes.join(", ");
  switch (kind) {
    case "pairing-requested":
      return l10n.t("“{0}” asked to be let in: {1}.", name, list);
    case "pairing-allowed":
      return grantWords({ name, list, expiresAt, by });
    case "pairing-denied":
      return by === undefined ? l10n.t("“{0}” was denied.", name) : l10n.t("“{0}” was denied by {1}.", name, by);
    case "pairing-expired":
      return l10n.t("The request of “{0}” expired without a decision.", name);
    default:
      return undefined;
  }
}

interface Grant {
  readonly name: string;
  /** The scopes. */
  readonly list: string;
  readonly expiresAt: string | undefined;
  readonly by: string | undefined;
}

function grantWords({ name, list, expiresAt, by }: Grant): string {
  if (expiresAt === undefined)
    return by === undefined
      ? l10n.t("“{0}” was let in: {1}.", name, list)
      : l10n.t("“{0}” was let in by {1}: {2}.", name, by, list);
  const until = dayAndClock(expiresAt);
  return by === undefined
    ? l10n.t("“{0}” was let in until {1}: {2}.", name, until, list)
    : l10n.t("“{0}” was let in until {1} by {2}: {3}.", name, until, by, list);
}

function clientWords({ kind, client, scopes = [], expiresAt }: Line, by: string | undefined): string | undefined {
  const { name = "" } = client ?? {};
  switch (kind) {
    case "client-created":
      return grantWords({ name, list: scopes.join(", "), expiresAt, by });
    case "client-revoked":
      return by === undefined
        ? l10n.t("The access of “{0}” was revoked.", name)
        : l10n.t("The access of “{0}” was revoked by {1}.", name, by);
    case "client-expired":
      return l10n.t("The access of “{0}” expired.", name);
    case "token-rotated":
      return by === undefined
        ? l10n.t("The token of “{0}” was replaced.", name)
        : l10n.t("The token of “{0}” was replaced by {1}.", name, by);
    default:
      return undefined;
  }
}

function pluginWords({ kind, name = "", version = "", folder = "" }: Line): string | undefined {
  switch (kind) {
    case "plugin-approved":
      return l10n.t("The user allowed the plugin “{0}” {1} in {2} to run.", name, version, folder);
    case "plugin-denied":
      return l10n.t("The user did not allow the plugin “{0}” {1} in {2} to run.", name, version, folder);
    case "plugin-started":
      return l10n.t("The plugin “{0}” {1} in {2} was started.", name, version, folder);
    case "plugin-refused":
      return l10n.t("The plugin “{0}” {1} in {2} is not used: another one has its name.", name, version, folder);
    default:
      return undefined;
  }
}

function exportWords({ kind, name = "" }: Line, by = l10n.t("the bridge")): string | undefined {
  switch (kind) {
    case "export-tested":
      return l10n.t("A test item was sent to the destination “{0}” by {1}.", name, by);
    case "export-replayed":
      return l10n.t("The dead letters of the destination “{0}” were sent again by {1}.", name, by);
    case "dead-letters-removed":
      return l10n.t("The dead letters of the destination “{0}” were removed by {1}.", name, by);
    default:
      return undefined;
  }
}
