import * as l10n from "@vscode/l10n";
import type { DashboardClient } from "../../state/dashboardClient.ts";
import type { Dashboard } from "../dashboard.ts";
import type { Page } from "../page.ts";
import { BrowserBar } from "./browserBar.ts";
import { BridgeCalls } from "./bridgeCalls.ts";
import { BrowserSession } from "./browserSession.ts";
import { followTheme } from "./browserTheme.ts";
import { PageActions } from "./pageActions.ts";
import { SocketPage } from "./socketPage.ts";
import { TokenStore } from "./tokenStore.ts";

/**
 * Runs the dashboard in a plain browser, where the page gets its own access and connection.
 * @param start is called when the page is connected for the first time
 */
export function runInBrowser(dashboard: Dashboard, start: (page: Page) => DashboardClient): void {
  const bar = document.querySelector("kiro-browser-bar");
  if (!(bar instanceof BrowserBar)) return;
  followTheme();
  const store = new TokenStore(sessionStorage, localStorage);
  const page = new SocketPage({
    store,
    perform: new PageActions(bar.say).perform,
    onSilence: () => session.drop(l10n.t("The bridge does not answer.")),
  });
  const { origin, href } = location;
  const calls = new BridgeCalls(href);
  const session = new BrowserSession({ calls, store, page, reload: () => location.reload(), origin });
  let client: DashboardClient | undefined;
  session.onDidChange(({ kind }) => {
    if (kind === "connected" && client === undefined) {
      client = start(page);
      bar.followClient(client);
    }
    // What was known remains visible while the connection is lost, and goes with the access.
    dashboard.hidden = client === undefined || kind === "unpaired" || kind === "asking" || kind === "waiting";
    dashboard.inert = kind !== "connected";
  });
  bar.follow(session);
  addEventListener("online", () => session.connectIfLost());
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") session.connectIfLost();
  });
  session.start();
}
