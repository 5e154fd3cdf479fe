/** The library of the grant types. Built as a bundle of its own, which is loaded with the first OAuth request. */
export { default as OAuth2Server } from "@node-oauth/oauth2-server";
