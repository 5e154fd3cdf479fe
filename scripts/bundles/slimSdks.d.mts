import type { Plugin } from "esbuild";

export declare const slimSdks: Plugin;
