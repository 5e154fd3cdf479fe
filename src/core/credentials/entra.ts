import { vendorErrorOf } from "../network/vendorText.ts";
import { urlBelow } from "../network/urlBelow.ts";

/** An application that is registered in Microsoft Entra, and what it asks for. */
export interface EntraClient {
  /** The address of the cloud's login. */
  readonly authority: string;
  readonly tenantId: string;
  readonly clientId: string;
  readonly scope: string;
}

/** The meaning of the codes of Entra. */
const codes: Readonly<Record<string, string>> = {
  AADSTS90002: "There is no such tenant. Check 'tenantId' and 'authority'.",
  AADSTS900023: "There is no such tenant. Check 'tenantId' and 'authority'.",
  AADSTS700016: "There is no such application in the tenant. Check 'clientId'.",
  AADSTS7000215: "The client secret is wrong: its value is needed, not its ID.",
  AADSTS7000222: "The client secret has expired. Create another one.",
  AADSTS70011: "The scope is not valid. It ends with '/.default'.",
  AADSTS1002012: "The scope is not valid. It ends with '/.default'.",
  AADSTS500011: "There is no such resource in the tenant. Check 'scope'.",
};

/** Returns the address and the form of the request for a token by client credentials. It is sent by POST. */
export function entraTokenRequest(
  { authority, tenantId, clientId, scope }: EntraClient,
  secret: string,
): { readonly url: URL; readonly body: URLSearchParams } {
  return {
    url: urlBelow(authority, encodeURIComponent(tenantId), "oauth2", "v2.0", "token"),
    body: new URLSearchParams({
      grant_type: "client_credentials",
      client_id: clientId,
      client_secret: secret,
      scope,
    }),
  };
}

/** A refusal of Entra: what to do, if its code is known, and the first line of what it says. */
export interface EntraRefusal {
  readonly advice: string | undefined;
  readonly said: string | undefined;
}

/** Reads the body of a refusal. */
export function entraRefusal(text: string): EntraRefusal {
  const { message = "" } = vendorErrorOf(text);
  const code = /\bAADSTS\d+\b/.exec(message)?.[0] ?? "";
  return { advice: codes[code], said: message.split(/\r?\n/)[0] };
}
