import type { RequestHandler } from "express";
import helmet from "helmet";

export const HTML_TYPE = "text/html; charset=utf-8";

/** For pages: plain files of ours alone, no inline script or style, nothing from elsewhere, and no frame around it. */
export function pageHeaders(): RequestHandler {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'", "data:"],
        connectSrc: ["'self'"],
        baseUri: ["'none'"],
        formAction: ["'none'"],
        frameAncestors: ["'none'"],
      },
    },
    // A promise of HTTPS that this address does not keep.
    strictTransportSecurity: false,
  });
}
