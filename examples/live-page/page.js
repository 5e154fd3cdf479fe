import { isKiroBridgeError, KiroBridgeClient, LiveExecutions } from "./node_modules/kiro-bridge/client.js";

const MAX_ENDED = 20;
const byId = (id) => document.getElementById(id);
const say = (text) => (byId("state").textContent = text);

/** The page gets a token of its own, which can see and do nothing else; the user allows it in the editor. */
async function connect(baseUrl) {
  const token = sessionStorage.getItem(baseUrl);
  if (token !== null) return new KiroBridgeClient(baseUrl, { token });
  const client = await KiroBridgeClient.pair({
    baseUrl,
    name: "Live page",
    role: "viewer",
    reason: "shows what runs",
    onCode: (code) => say(`Allow the page in the editor, if it shows the code ${code}.`),
  });
  sessionStorage.setItem(baseUrl, client.token);
  return client;
}

/** Shows all executions from the first one that the bridge still has, until the access ends. */
async function watch(client) {
  const live = new LiveExecutions();
  const ended = [];
  live.onDidEnd((execution) => {
    ended.unshift(execution);
    ended.length = Math.min(ended.length, MAX_ENDED);
  });
  // Connects again on its own, and delivers each event once.
  for await (const event of client.events({ since: 0 })) {
    if (event.type === "connection-ready") say(`Connected to ${client.baseUrl}.`);
    if (event.type === "events-lost") live.reset(); // What was missed is unknown, so begin with what follows.
    live.apply(event);
    byId("executions").replaceChildren(...[...live.rows.toReversed(), ...ended].map(rowOf));
  }
}

/** Output is shown as text: it may contain anything. */
function rowOf({ id, command, args, status, output, error }) {
  const row = document.createElement("tr");
  row.id = id;
  for (const text of [[command, ...args].join(" "), status, error ?? output]) row.insertCell().textContent = text;
  return row;
}

byId("connect").addEventListener("submit", async (event) => {
  event.preventDefault();
  const baseUrl = byId("url").value;
  try {
    await watch(await connect(baseUrl));
  } catch (error) {
    if (!isKiroBridgeError(error)) throw error;
    if (error.code === "AUTHENTICATION_FAILED") sessionStorage.removeItem(baseUrl); // Revoked or expired.
    say(`${error.code}: ${error.message}`);
  }
});
