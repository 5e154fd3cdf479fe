import { DeliveryFailure } from "../delivery/destination.ts";
import type { OutgoingRequest } from "../http/request.ts";

/**
 * Adds a token, or a key that is sent as it is, to the headers of a request.
 * @throws DeliveryFailure `blocked` if it could be read on its way
 */
export function withHeader(request: OutgoingRequest, name: string, value: string): OutgoingRequest {
  refuseReadable(request.url);
  return { ...request, headers: { ...request.headers, [name]: value } };
}

/** Adds a token by RFC 6750. @throws DeliveryFailure `blocked` if it could be read on its way */
export function withBearer(request: OutgoingRequest, token: string): OutgoingRequest {
  return withHeader(request, "authorization", `Bearer ${token}`);
}

/** Refuses to send a key without encryption to another machine. @throws DeliveryFailure `blocked` */
export function refuseReadable({ protocol, hostname, host }: URL): void {
  const isLoopback = hostname === "localhost" || hostname === "[::1]" || /^127(?:\.\d{1,3}){3}$/.test(hostname);
  if (protocol === "https:" || isLoopback) return;
  const sentence = `The key for ${host} would not be encrypted on its way. Let the address begin with 'https://'.`;
  throw new DeliveryFailure("blocked", sentence);
}
