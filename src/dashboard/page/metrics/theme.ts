const listeners = new Set<() => void>();
let observer: MutationObserver | undefined;

/** Runs `listener` when the theme changes, after which canvases must be redrawn. */
export function onThemeChange(listener: () => void): () => void {
  listeners.add(listener);
  observer ??= observe();
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    observer?.disconnect();
    observer = undefined;
  };
}

/** The editor changes the class of the body and the variables in the style of the root element. */
function observe(): MutationObserver {
  const found = new MutationObserver(() => {
    for (const listener of listeners) listener();
  });
  found.observe(document.body, { attributes: true, attributeFilter: ["class"] });
  found.observe(document.documentElement, { attributes: true, attributeFilter: ["style"] });
  return found;
}
