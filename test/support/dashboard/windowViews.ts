import type { WindowView } from "../../../src/dashboard/contract/dashboard.ts";

/** A window at the address, as a dashboard gets it. */
export function windowView(id: string, change: Partial<WindowView> = {}): WindowView {
  return {
    id,
    pid: 100,
    editor: "Code",
    workspaceFolders: [`/home/ada/${id}`],
    focused: false,
    owner: false,
    state: "ready",
    ...change,
  };
}
