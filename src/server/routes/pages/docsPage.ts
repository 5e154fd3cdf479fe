import { eventPayloads } from "../../../protocol/events.ts";

const typeOptions = Object.keys(eventPayloads)
  .map((type) => `<option>${type}</option>`)
  .join("");

/** The page consists of our own static files: no inline script or style, nothing from other hosts. */
export const page = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Kiro Bridge</title>
    <link rel="stylesheet" href="/docs/swagger-ui.css">
    <link rel="stylesheet" href="/docs/live.css">
  </head>
  <body>
    <section class="live" aria-labelledby="live-title">
      <h2 id="live-title">Live events</h2>
      <form id="live-form">
        <label>Token of bridge.json <input id="live-token" type="password" autocomplete="off" required></label>
        <label>Type <select id="live-types"><option value="">All types</option>${typeOptions}</select></label>
        <button id="live-start" type="submit">Start</button>
        <button id="live-clear" type="button">Clear</button>
      </form>
      <p id="live-status" role="status">Stopped.</p>
      <div id="live-log" role="log" aria-label="Events, newest first" tabindex="0"><ol id="live-events"></ol></div>
    </section>
    <div id="page"></div>
    <script src="/docs/swagger-ui-bundle.js"></script>
    <script type="module" src="/docs/init.js"></script>
    <script type="module" src="/docs/live.js"></script>
  </body>
</html>
`;

/**
 * Shows the document and sends test requests to the page's own origin, whatever servers the document lists. Without
 * `validatorUrl: null`, the page would send the document to a service on the internet. Endless streams cannot be
 * tested; their descriptions have a curl line.
 */
export const init = `const answer = await fetch("/openapi.json");
const spec = await answer.json();
spec.servers = [{ url: location.origin }];

const isEndless = (path, method) => {
  const { content } = spec.paths[path]?.[method]?.responses?.["200"] ?? {};
  return content !== undefined && Object.keys(content).join() === "text/event-stream";
};

SwaggerUIBundle({
  spec,
  dom_id: "#page",
  validatorUrl: null,
  deepLinking: true,
  persistAuthorization: false,
  supportedSubmitMethods: ["get", "post", "delete"],
  plugins: [
    {
      statePlugins: {
        spec: { wrapSelectors: { allowTryItOutFor: () => (_state, path, method) => !isEndless(path, method) } },
      },
    },
  ],
});
`;
