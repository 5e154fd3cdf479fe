import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { installCodeServer } from "../../support/editor/codeServerInstall.ts";
import { EditorSession } from "../../support/editor/editorSession.ts";
import type { EditorWindow } from "../../support/editor/editorWindow.ts";
import { testOutput, vsixPath } from "../../support/editor/paths.ts";
import { describeInBrowser, SEE_DEADLINE_MS, START_DEADLINE_MS, SUITE_TIMEOUT_MS } from "../support.ts";

/**
 * Makes an editor German by the least of a language pack: the editor's own texts stay English, and extensions read their bundle of
 * the language.
 */
async function installLanguagePack({ userData }: EditorSession["profile"]): Promise<void> {
  const folder = join(userData, "language-pack-de");
  await mkdir(folder, { recursive: true });
  const texts = join(folder, "main.i18n.json");
  await writeFile(texts, JSON.stringify({ contents: {} }));
  const extensions = [{ extensionIdentifier: { id: "kiro-bridge-test.language-pack-de" }, version: "1.0.0" }];
  const pack = { hash: "test", extensions, label: "Deutsch", translations: { vscode: texts } };
  await writeFile(join(userData, "languagepacks.json"), JSON.stringify({ de: pack }));
  // Without this file, code-server is English. With one that names no language, each window has that of its browser.
  await writeFile(join(userData, "User", "argv.json"), "{}");
}

describeInBrowser("An editor in German", function () {
  this.timeout(SUITE_TIMEOUT_MS);
  let session: EditorSession;

  before(async () => {
    session = await EditorSession.start({
      install: await installCodeServer("newest"),
      vsix: vsixPath,
      machineSettings: { "kiroBridge.cli.path": "simulator" },
    });
    await installLanguagePack(session.profile);
  });
  after(() => session?.end());

  const openWindow = async (name: string, locale: string): Promise<EditorWindow> => {
    const folder = await session.profile.createWorkspace(name);
    const window = await session.openWindow({ folder }, { locale });
    window.page.setDefaultTimeout(SEE_DEADLINE_MS);
    return window;
  };

  it("has the status, the commands and the messages in German", async () => {
    const window = await openWindow("german", "de");
    try {
      await window.waitForStatusBarItem(/^Kiro Bridge, ein, Port \d+\. .*Zum Beenden klicken\./, START_DEADLINE_MS);
      await window.runFromPalette("Kiro Bridge: Integrität prüfen");
      await window.waitForNotification(/Kiro Bridge funktioniert unter http:\S+ einwandfrei\./);
    } finally {
      await window.screenshot(join(testOutput, "screens", "german.png"));
      await window.close();
    }
  });

  it("has them in English in a language without a translation", async () => {
    const window = await openWindow("other", "fr");
    try {
      await window.waitForStatusBarItem(/^Kiro Bridge, on, port \d+\. .*Click to stop\./, START_DEADLINE_MS);
      await window.runFromPalette("Kiro Bridge: Health Check");
      await window.waitForNotification(/Kiro Bridge is healthy at/);
    } finally {
      await window.close();
    }
  });
});
