import OAuth2Server from "@node-oauth/oauth2-server";

/** The library of the grant types. Built as a bundle of its own, which is loaded with the first OAuth request. */
export const { Request, Response, OAuthError, InvalidGrantError, InvalidRequestError } = OAuth2Server;
export { OAuth2Server };
