import * as l10n from "@vscode/l10n";
import * as vscode from "vscode";

// Texts of files without `vscode`, in the language of the editor; English if there is no bundle for it (l10n/README.md).
if (vscode.l10n.bundle !== undefined) l10n.config({ contents: vscode.l10n.bundle });
