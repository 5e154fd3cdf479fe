import { sampleRequests, variables } from "./sampleRequests.mjs";

const SCHEMA = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json";

/** Returns the requests of an OpenAPI document as a collection of Postman's format 2.1. */
export function postmanCollection(openApi) {
  const { title, description } = openApi.info;
  return {
    info: { name: title, description, schema: SCHEMA },
    item: sampleRequests(openApi).map((group) => ({
      name: group.name,
      description: group.description,
      item: group.requests.map(itemOf),
    })),
    auth: { type: "bearer", bearer: [{ key: "token", value: "{{token}}", type: "string" }] },
    variable: [
      { key: "baseUrl", value: openApi.servers[0].url, type: "string" },
      ...Object.entries(variables).map(([key, text]) => ({ key, value: "", type: "string", description: text })),
    ],
  };
}

function itemOf({ id, title, method, path, description, isOpen, headers, pathValues, query, type, body }) {
  const all = { ...headers, ...(type !== undefined && { "Content-Type": type }) };
  return {
    id,
    name: title,
    request: {
      method,
      ...(description !== undefined && { description }),
      ...(isOpen && { auth: { type: "noauth" } }),
      header: Object.entries(all).map(([key, value]) => ({ key, value })),
      url: urlOf(path, pathValues, query),
      ...(body !== undefined && { body: bodyOf(type, body) }),
    },
  };
}

function urlOf(path, pathValues, query) {
  const segments = path.slice(1).replaceAll(/\{(\w+)\}/g, ":$1");
  const required = query.filter(({ isRequired }) => isRequired).map(({ name, value }) => `${name}=${value}`);
  return {
    raw: `{{baseUrl}}/${segments}${required.length === 0 ? "" : `?${required.join("&")}`}`,
    host: ["{{baseUrl}}"],
    path: segments.split("/"),
    query: query.map(({ name, value, isRequired, description }) => ({
      key: name,
      value,
      ...(description !== undefined && { description }),
      ...(!isRequired && { disabled: true }),
    })),
    variable: Object.entries(pathValues).map(([key, value]) => ({ key, value })),
  };
}

function bodyOf(type, body) {
  if (type !== "application/json")
    return {
      mode: "urlencoded",
      urlencoded: Object.entries(body).map(([key, value]) => ({ key, value, type: "text" })),
    };
  return { mode: "raw", raw: JSON.stringify(body, undefined, 2), options: { raw: { language: "json" } } };
}
