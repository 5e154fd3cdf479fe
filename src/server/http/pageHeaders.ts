import type { RequestHandler } from "express";
import helmet from "helmet";

export const HTML_TYPE = "text/html; charset=utf-8";
export const SCRIPT_TYPE = "text/javascript; charset=utf-8";
export const STYLE_TYPE = "text/css; charset=utf-8";
export const JSON_TYPE = "application/json; charset=utf-8";

/**
 * Headers of pages: only our own static files, no inline script or style, no frames.
 * @param hasFonts true for a page with a font of its own
 */
export function pageHeaders(hasFonts = false): RequestHandler {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'", "data:"],
        ...(hasFonts && { fontSrc: ["'self'"] }),
        connectSrc: ["'self'"],
        baseUri: ["'none'"],
        formAction: ["'none'"],
        frameAncestors: ["'none'"],
      },
    },
    // This address does not use HTTPS.
    strictTransportSecurity: false,
  });
}
