import { sampleRequests, variables } from "./sampleRequests.mjs";

/**
 * Returns the requests of an OpenAPI document as an .http file. The extension REST Client of VS Code asks for what
 * `@prompt` names; JetBrains reads it from its private environment file.
 */
export function httpFile(openApi) {
  const head = `# ${openApi.info.title}: written by \`node scripts/openapi.mjs\`, do not edit.
# REST Client (VS Code) asks for the token with each request. For JetBrains, put "token" into http-client.private.env.json.

@baseUrl = ${openApi.servers[0].url}
`;
  const requests = sampleRequests(openApi).flatMap((group) => group.requests.map(textOf));
  return [head, ...requests].join("\n");
}

function textOf({ id, title, method, path, isOpen, headers, pathValues, query, type, body }) {
  const filled = path.replaceAll(/\{(\w+)\}/g, (_match, name) => pathValues[name]);
  const required = query.filter(({ isRequired }) => isRequired).map(({ name, value }) => `${name}=${value}`);
  const url = `{{baseUrl}}${filled}${required.length === 0 ? "" : `?${required.join("&")}`}`;
  const all = {
    ...(!isOpen && { Authorization: "Bearer {{token}}" }),
    ...headers,
    ...(type !== undefined && { "Content-Type": type }),
  };
  const request = [`${method} ${url}`, ...Object.entries(all).map(([name, value]) => `${name}: ${value}`)];
  if (body !== undefined)
    request.push("", type === "application/json" ? JSON.stringify(body, undefined, 2) : formText(body));
  const text = request.join("\n");
  const prompts = Object.entries(variables)
    .filter(([name]) => text.includes(`{{${name}}}`))
    .map(([name, what]) => `# @prompt ${name} ${what}`);
  return [`### ${title}`, `# @name ${id}`, ...prompts, text, ""].join("\n");
}

function formText(body) {
  const encoded = (value) => (value.startsWith("{{") ? value : encodeURIComponent(value));
  return Object.entries(body)
    .map(([name, value]) => `${name}=${encoded(value)}`)
    .join("&");
}
