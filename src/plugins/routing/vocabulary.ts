import { type Term, termOf } from "./textIndex.ts";

/** A subject with the terms that belong to it. Its own name is one of them. */
export interface Topic {
  readonly name: string;
  readonly terms: readonly Term[];
}

/** The domains of a request. `family` counts related ones as one: a request about the ui is not about two things. */
export interface Domain extends Topic {
  readonly family: string;
}

function topic(name: string, terms: string): Topic {
  return { name, terms: [name, ...terms.split(",")].map((term) => termOf(term.trim())) };
}

function domain(name: string, family: string, terms: string): Domain {
  return { ...topic(name, terms), family };
}

export const domains: readonly Domain[] = [
  domain(
    "backend",
    "backend",
    "server, endpoint, rest, graphql, microservice, service, middleware, controller, webhook",
  ),
  domain("api", "backend", "apis, endpoint, rest api, openapi, swagger, graphql, grpc"),
  domain(
    "frontend",
    "frontend",
    "ui, component, react, vue, angular, svelte, css, html, page, layout, browser, client side",
  ),
  domain("ui", "frontend", "ux, user interface, button, dialog, form, theme, design system, accessibility, widget"),
  domain(
    "database",
    "database",
    "db, sql, query, schema, table, migration, mongodb, postgres, postgresql, mysql, redis, sqlite, orm",
  ),
  domain(
    "authentication",
    "authentication",
    "auth, authenticate, login, log in, sign in, sso, single sign on, oauth, oidc, jwt, saml, password, session, keycloak, mfa",
  ),
  domain("devops", "devops", "deploy, docker, ci, cd, pipeline, release, helm, jenkins, github actions, build server"),
  domain(
    "infrastructure",
    "devops",
    "kubernetes, k8s, terraform, cluster, cloud, aws, azure, gcp, network, load balancer, dns",
  ),
  domain("testing", "testing", "test, unit test, e2e, coverage, qa, regression, pytest, jest, playwright, mock"),
  domain("orchestration", "orchestration", "orchestrate, workflow, coordinate, agent, multi agent, saga"),
  domain("smart-home", "smart-home", "home assistant, thermostat, zigbee, light bulb, sensor, mqtt, iot"),
  domain("automation", "automation", "automate, script, schedule, cron, bot, trigger"),
];

/** Technologies. Those of a file are known by its name. */
export const contexts: readonly Topic[] = [
  topic("python", "py"),
  topic("fastapi", "fast api"),
  topic("django", ""),
  topic("flask", ""),
  topic("typescript", "ts"),
  topic("javascript", "js"),
  topic("react", "jsx, tsx"),
  topic("vue", "vue js"),
  topic("angular", ""),
  topic("node", "nodejs, node js"),
  topic("java", ""),
  topic("spring", "spring boot"),
  topic("go", "golang"),
  topic("rust", "cargo"),
  topic("docker", "dockerfile, container"),
  topic("kubernetes", "k8s, helm"),
  topic("terraform", ""),
  topic("mongodb", "mongo"),
  topic("postgresql", "postgres"),
  topic("redis", ""),
];

export const patterns: readonly Topic[] = [
  topic("rest-api", "rest, restful, endpoint"),
  topic("graphql-api", "graphql"),
  topic("websocket", "web socket, socket io, real time"),
  topic("jwt-auth", "jwt, bearer token, access token"),
  topic("oauth-flow", "oauth, oauth2, oidc, single sign on, sso"),
  topic("component-generation", "generate component, new component, create component, component library"),
  topic("deployment", "deploy, rollout, release"),
  topic("migration", "migrate, upgrade, schema change"),
];

export const hardWords = topic(
  "architecture",
  "refactor, rewrite, redesign, distributed, scalable, scalability, concurrency, security, encryption, performance, optimize, legacy, integrate",
);
export const urgentWords = topic(
  "urgent",
  "urgently, asap, immediately, critical, outage, hotfix, emergency, right now",
);
export const idleWords = topic("low priority", "whenever, someday, no hurry, nice to have, eventually");

const contextsOfExtension: Readonly<Record<string, readonly string[]>> = {
  py: ["python"],
  ts: ["typescript"],
  mts: ["typescript"],
  tsx: ["typescript", "react"],
  jsx: ["javascript", "react"],
  js: ["javascript"],
  mjs: ["javascript"],
  cjs: ["javascript"],
  vue: ["vue"],
  java: ["java"],
  go: ["go"],
  rs: ["rust"],
  tf: ["terraform"],
  dockerfile: ["docker"],
};

/** Returns the technologies of a file by its name: its extension, or `Dockerfile`. */
export function contextsOfFile(name: string): readonly string[] {
  const extension = name.slice(name.lastIndexOf(".") + 1).toLowerCase();
  return Object.hasOwn(contextsOfExtension, extension) ? (contextsOfExtension[extension] ?? []) : [];
}
