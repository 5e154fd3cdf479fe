import { startIn } from "./cli.ts";
import { endOnClosedPipe } from "./output/output.ts";
import { createProgram } from "./program.ts";

/** The version of the package, which the build puts in. */
declare const KIRO_BRIDGE_VERSION: string;

endOnClosedPipe();
void createProgram(KIRO_BRIDGE_VERSION, startIn(KIRO_BRIDGE_VERSION)).parseAsync(process.argv);
