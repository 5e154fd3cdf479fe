import { type AuthorizedSend, authorizedSend } from "../authorizedSend.ts";
import type { SigningPorts } from "../ports.ts";
import type { AwsAuth } from "./awsAuth.ts";
import { awsCredentials } from "./awsCredentials.ts";
import { type AwsScope, signAws } from "./signAws.ts";

/** The codes that a service of AWS gives for credentials that have ended or been replaced. */
const rejected =
  /\b(?:ExpiredToken|TokenRefreshRequired|InvalidToken|UnrecognizedClient|InvalidAccessKeyId|InvalidClientTokenId)/;

/** Creates a `Send` that signs each request for a service of AWS, or one that signs like AWS. */
export function awsSend(auth: AwsAuth, scope: AwsScope, ports: SigningPorts): AuthorizedSend {
  return authorizedSend({
    keys: awsCredentials(auth, ports),
    send: ports.send,
    authorize: async (request, identity) => await signAws(request, scope, identity, ports.now()),
    isRejected: ({ status, body }) => [400, 401, 403].includes(status) && rejected.test(body.toString("latin1")),
  });
}
