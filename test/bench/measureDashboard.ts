import { statSync } from "node:fs";
import { join } from "node:path";
import { DashboardPage } from "../support/dashboard/dashboardPage.ts";
import { FakeBridge } from "../support/dashboard/fakeBridge.ts";
import { fillHistory, measureUpdates, readWholeHistory } from "../support/dashboard/updateCost.ts";
import { launchBrowser } from "../support/browser/browser.ts";
import { repositoryRoot } from "../support/editor/paths.ts";
import type { Figure } from "./table.ts";

const UPDATES = 200;
const FRAME_MS = 1000 / 60;

/** What an update costs in the page, with a short history and with a long one, and how large the page is. */
export async function measureDashboard(): Promise<Figure[]> {
  const browser = await launchBrowser();
  const figures: Figure[] = [];
  try {
    for (const rows of [100, 10_000]) {
      const bridge = new FakeBridge();
      fillHistory(bridge, rows);
      const page = await DashboardPage.open(browser, { bridge, place: "panel", width: 1280, height: 800 });
      await readWholeHistory(page, rows);
      const { p50, p95 } = await measureUpdates(page, UPDATES);
      figures.push({ what: `dashboard: update with ${rows} rows, p50`, value: p50, unit: "ms", atMost: FRAME_MS });
      figures.push({ what: `dashboard: update with ${rows} rows, p95`, value: p95, unit: "ms" });
      await page.close();
    }
  } finally {
    await browser.close();
  }
  const KiB = statSync(join(repositoryRoot, "dist/webview/dashboard.js")).size / 1024;
  return [...figures, { what: "bundle of the dashboard's page", value: KiB, unit: "KiB", atMost: 260 }];
}
