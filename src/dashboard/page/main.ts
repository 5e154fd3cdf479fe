import "./localeWorkaround.ts";
import "@vscode-elements/elements/dist/vscode-badge/index.js";
import "@vscode-elements/elements/dist/vscode-button/index.js";
import * as z from "zod";
import { DashboardClient } from "../state/dashboardClient.ts";
import "./access/accessSection.ts";
import "./access/auditSection.ts";
import "./access/pairingCard.ts";
import "./access/tokenForm.ts";
import "./bridgeHeader.ts";
import "./metrics/chart.ts";
import "./metrics/chartsSection.ts";
import "./clientsSection.ts";
import "./conversations/conversationList.ts";
import { Dashboard } from "./dashboard.ts";
import "./detail/detailView.ts";
import "./history/historyList.ts";
import "./history/historySection.ts";
import "./exports/exportsSection.ts";
import "./models/modelsSection.ts";
import "./now/nowSection.ts";
import "./detail/outputBox.ts";
import "./now/questionCard.ts";
import "./plugins/pluginsSection.ts";
import { chooseLanguage } from "./l10n/pageLanguage.ts";
import { lazyParser } from "./markdown/loadParser.ts";
import { isSame, readSavedPage } from "./savedPage.ts";
import { runInBrowser } from "./browser/runInBrowser.ts";
import type { Page } from "./page.ts";
import { isInEditor, openPage } from "./vscodePage.ts";

/** Interval in milliseconds between refreshes of the metrics while the page is visible. */
const REFRESH_MS = 5000;
/** Interval in milliseconds between saves, because the editor destroys a hidden page without notice. */
const SAVE_MS = 1000;

// The page's content security policy forbids `new Function`, which zod would try.
z.config({ jitless: true });

const script = document.currentScript;

/** Shows what comes over a transport. */
function show(dashboard: Dashboard, page: Page): DashboardClient {
  const client = new DashboardClient(page);
  const saved = readSavedPage(page.saved);
  if (saved !== undefined) dashboard.restore(saved);
  dashboard.follow(client);
  let isKnown = false;
  client.onDidChange(() => (isKnown = false));
  let last = dashboard.whereabouts;
  const save = (): void => {
    const { whereabouts } = dashboard;
    if (isKnown && isSame(whereabouts, last)) return;
    page.save({ ...whereabouts, client: client.save() });
    last = whereabouts;
    isKnown = true;
  };
  setInterval(save, SAVE_MS);
  dashboard.addEventListener("moved", save);
  document.addEventListener("visibilitychange", save);
  setInterval(() => {
    if (document.visibilityState === "visible") void client.refresh().catch(() => undefined);
  }, REFRESH_MS);
  client.begin(saved?.client, saved?.window).catch((error: unknown) => (dashboard.message = String(error)));
  return client;
}

const dashboard = document.querySelector("kiro-dashboard");
if (dashboard instanceof Dashboard && script instanceof HTMLScriptElement) {
  dashboard.loadParser = lazyParser(script.src);
  void chooseLanguage(script.src).then(() => {
    if (isInEditor()) show(dashboard, openPage());
    else runInBrowser(dashboard, (page) => show(dashboard, page));
  });
}
