/** The parts of the library `jose` that are used. Built as a bundle of its own, which is loaded with the first JWT. */
export { createLocalJWKSet, createRemoteJWKSet, customFetch, jwtVerify } from "jose";
