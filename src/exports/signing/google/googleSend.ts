import { type AuthorizedSend, authorizedSend } from "../authorizedSend.ts";
import { withBearer, withHeader } from "../bearer.ts";
import type { SigningPorts } from "../ports.ts";
import type { GoogleAuth } from "./googleAuth.ts";
import { type GooglePurpose, googleTokens } from "./googleTokens.ts";

/** Creates a `Send` with a token of Google. */
export function googleSend(auth: GoogleAuth, purpose: GooglePurpose, ports: SigningPorts): AuthorizedSend {
  return authorizedSend({
    keys: googleTokens(auth, purpose, ports),
    send: ports.send,
    authorize: (request, { token, quotaProject }) => {
      const authorized = withBearer(request, token);
      return quotaProject === undefined ? authorized : withHeader(authorized, "x-goog-user-project", quotaProject);
    },
    isRejected: ({ status }) => status === 401,
  });
}
