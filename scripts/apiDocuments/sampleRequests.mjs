/** Fields that hold secrets, with the variables that take their place: no file stores their values. */
const secrets = { secret: "pairingSecret", refresh_token: "refreshToken", token: "revokedToken" };
const FORM = "application/x-www-form-urlencoded";

/** The variables that the user fills in, with what they are. */
export const variables = {
  token: "The token of bridge.json, or the own token of a program",
  pairingSecret: "The last part of the Location that a pairing request returned",
  refreshToken: "A refresh token of OAuth",
  revokedToken: "The OAuth token to revoke",
};

/** Returns a request of each operation of an OpenAPI document, one for each example of its body, by tag. */
export function sampleRequests(openApi) {
  const groups = new Map(openApi.tags.map(({ name, description }) => [name, { name, description, requests: [] }]));
  for (const [path, operations] of Object.entries(openApi.paths))
    for (const [method, operation] of Object.entries(operations))
      groups.get(operation.tags[0]).requests.push(...requestsOf(path, method.toUpperCase(), operation));
  return [...groups.values()].filter(({ requests }) => requests.length > 0);
}

function requestsOf(path, method, operation) {
  const { operationId, summary, description, parameters = [], requestBody, responses } = operation;
  const isStream = Object.keys(responses["200"]?.content ?? {}).join() === "text/event-stream";
  const shared = {
    method,
    path,
    description,
    isOpen: operation.security?.length === 0,
    headers: {
      ...(isStream && { Accept: "text/event-stream" }),
      ...valuesOf(parameters.filter(({ in: place, required }) => place === "header" && required)),
    },
    pathValues: valuesOf(parameters.filter(({ in: place }) => place === "path")),
    query: parameters.filter(({ in: place }) => place === "query").map(queryOf),
  };
  return bodiesOf(requestBody).map(({ name, title, type, value }) => ({
    ...shared,
    id: name === undefined ? operationId : `${operationId}_${name}`,
    title: title === undefined ? summary : `${summary}: ${title}`,
    ...(type !== undefined && { type, body: type === FORM ? formOf(value) : value }),
  }));
}

function bodiesOf(requestBody) {
  const [[type, { example, examples }] = [undefined, {}]] = Object.entries(requestBody?.content ?? {});
  if (type === undefined) return [{}];
  if (examples === undefined) return [{ type, value: example }];
  return Object.entries(examples).map(([name, { summary = name, value }]) => ({ name, title: summary, type, value }));
}

function valuesOf(parameters) {
  return Object.fromEntries(parameters.map(({ name, schema }) => [name, placeholderOf(name) ?? schema.example]));
}

/** A query parameter; those that are optional are left out unless the user adds them. */
function queryOf({ name, schema, required = false, description }) {
  return {
    name,
    value: String(schema.example ?? schema.const ?? schema.default ?? ""),
    isRequired: required,
    description,
  };
}

function formOf(value) {
  return Object.fromEntries(Object.entries(value).map(([name, text]) => [name, placeholderOf(name) ?? text]));
}

function placeholderOf(name) {
  return secrets[name] === undefined ? undefined : `{{${secrets[name]}}}`;
}
