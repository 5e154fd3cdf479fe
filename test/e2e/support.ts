import { runsCodeServer } from "../support/editor/codeServerInstall.ts";

/** A suite that drives an editor in a browser: it needs code-server, and is pending where there is none. */
export const describeInBrowser = runsCodeServer ? describe : describe.skip;
