/** The key of responses of models, which have no session. */
export const NO_SESSION = "kiro-bridge";

/** The form that `SessionKeys` gives to keys, of this window or another one, now or earlier. */
const SESSION_KEY = /^[0-9a-f]{8}\.[\w-]+$/;

/** Returns true for a key that the bridge has given to a client. The signatures of vendors are base64, without a point. */
export function isOwnKey(key: unknown): boolean {
  return typeof key === "string" && (key === NO_SESSION || SESSION_KEY.test(key));
}
