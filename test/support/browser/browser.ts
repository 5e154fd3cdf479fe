import { type Browser, chromium } from "playwright-core";
import { findBrowser } from "./findBrowser.ts";

/** What a browser needs to run as root in a container, and to keep quiet on the network. */
const browserArgs = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Signals end this process through its entry point; the browser leaves at exit. */
const signalsAreOurs = { handleSIGINT: false, handleSIGTERM: false, handleSIGHUP: false };

/** Starts a headless browser to hold editor windows. Its caller closes it; it ends with this process in any case. */
export async function launchBrowser(): Promise<Browser> {
  const found = await findBrowser();
  const env = { ...stringsOf(process.env), ...found.env };
  try {
    return await chromium.launch({
      executablePath: found.path,
      args: browserArgs,
      headless: true,
      env,
      ...signalsAreOurs,
    });
  } catch (error) {
    throw new Error(
      `The browser ${found.path} did not start. Set CHROME_PATH to a Chrome, Chromium or Edge that does.`,
      { cause: error },
    );
  }
}

function stringsOf(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter((pair): pair is [string, string] => pair[1] !== undefined));
}
