import { DeliveryFailure } from "../../delivery/destination.ts";

/** The parts of a connection string of Application Insights that are needed to send. */
export interface InsightsConnection {
  readonly instrumentationKey: string;
  readonly trackUrl: URL;
}

const KEY = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Reads a connection string (`InstrumentationKey=…;IngestionEndpoint=…`). @throws DeliveryFailure `blocked`, which does not repeat it */
export function parseConnectionString(text: string, name: string): InsightsConnection {
  const parts = new Map(
    text.split(";").map((part) => {
      const at = part.indexOf("=");
      return [part.slice(0, at).trim().toLowerCase(), part.slice(at + 1).trim()] as const;
    }),
  );
  const instrumentationKey = parts.get("instrumentationkey") ?? "";
  const endpoint = URL.parse(parts.get("ingestionendpoint") ?? suffixEndpoint(parts) ?? "");
  const isAddress = endpoint !== null && (endpoint.protocol === "https:" || endpoint.protocol === "http:");
  if (!KEY.test(instrumentationKey) || !isAddress)
    throw new DeliveryFailure(
      "blocked",
      `The secret of the destination '${name}' is not a connection string of Application Insights of the form 'InstrumentationKey=…;IngestionEndpoint=https://…'. Copy it from the portal.`,
    );
  const trackUrl = new URL(endpoint);
  trackUrl.pathname = `${trackUrl.pathname.replace(/\/$/, "")}/v2.1/track`;
  return { instrumentationKey, trackUrl };
}

/** Connection strings of some clouds name a suffix, and perhaps a location, in place of an address. */
function suffixEndpoint(parts: ReadonlyMap<string, string>): string | undefined {
  const suffix = parts.get("endpointsuffix");
  if (suffix === undefined || suffix === "") return undefined;
  const location = parts.get("location") ?? "";
  return `https://${location === "" ? "" : `${location}.`}dc.${suffix}`;
}
