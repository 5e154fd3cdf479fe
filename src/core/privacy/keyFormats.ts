import {
  type CharClass,
  endOfRun,
  isBase64,
  isHex,
  isPath,
  isUpperOrDigit,
  isWord,
  isWordDashOrDot,
  isWordOrDash,
} from "./charClasses.ts";
import type { Detector, Finding } from "./finding.ts";
import type { TextScan } from "./textScan.ts";

/** A key that begins with a fixed text, followed by a minimum number of characters of a class. */
interface KeyFormat {
  readonly prefixes: readonly string[];
  readonly isPart: CharClass;
  readonly atLeast: number;
  /** True if the prefix is distinctive within a word as well. */
  readonly isAnywhere?: boolean;
}

/** The formats of keys and tokens, by the programs and providers that issue them. */
export const keyFormats: readonly KeyFormat[] = [
  // Tokens of this bridge.
  { prefixes: ["kbt_", "kba_", "kbr_"], isPart: isWordOrDash, atLeast: 16, isAnywhere: true },
  // OpenAI, Anthropic, Stripe and others.
  { prefixes: ["sk-", "sk_", "pk-", "pk_", "rk-", "rk_"], isPart: isWordOrDash, atLeast: 16 },
  { prefixes: ["whsec_"], isPart: isBase64, atLeast: 20 },
  // GitHub.
  { prefixes: ["ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"], isPart: isWord, atLeast: 20 },
  // GitLab.
  {
    prefixes: ["glpat-", "gldt-", "glrt-", "glcbt-", "glptt-", "glft-", "glimt-", "glagent-", "gloas-", "glsoat-"],
    isPart: isWordDashOrDot,
    atLeast: 16,
  },
  // Registries of packages and images.
  { prefixes: ["npm_"], isPart: isWord, atLeast: 30 },
  { prefixes: ["pypi-"], isPart: isWordOrDash, atLeast: 40 },
  { prefixes: ["rubygems_"], isPart: isHex, atLeast: 40 },
  { prefixes: ["dckr_pat_", "dckr_oat_"], isPart: isWordOrDash, atLeast: 20, isAnywhere: true },
  // Slack: tokens and webhooks.
  {
    prefixes: ["xoxa-", "xoxb-", "xoxe-", "xoxe.", "xoxp-", "xoxr-", "xoxs-", "xapp-"],
    isPart: isWordDashOrDot,
    atLeast: 10,
  },
  { prefixes: ["hooks.slack.com/"], isPart: isPath, atLeast: 20, isAnywhere: true },
  // Discord: webhooks.
  { prefixes: ["/api/webhooks/"], isPart: isPath, atLeast: 30, isAnywhere: true },
  // Google: API keys, access tokens, OAuth clients.
  { prefixes: ["AIza"], isPart: isWordOrDash, atLeast: 30 },
  { prefixes: ["ya29."], isPart: isWordDashOrDot, atLeast: 20 },
  { prefixes: ["GOCSPX-"], isPart: isWordOrDash, atLeast: 20 },
  // Hugging Face.
  { prefixes: ["hf_", "api_org_"], isPart: isWord, atLeast: 20 },
  // Twilio, SendGrid, Mailchimp and others.
  { prefixes: ["SK"], isPart: isHex, atLeast: 32 },
  { prefixes: ["SG."], isPart: isWordDashOrDot, atLeast: 30 },
  // DigitalOcean.
  { prefixes: ["dop_v1_", "doo_v1_", "dor_v1_"], isPart: isHex, atLeast: 32, isAnywhere: true },
  // HashiCorp Vault.
  { prefixes: ["hvs.", "hvb.", "hvr."], isPart: isWordOrDash, atLeast: 20 },
  // Grafana, Shopify, Atlassian, Linear, New Relic, Postman, Sentry, Square, Databricks, age.
  { prefixes: ["glsa_", "glc_"], isPart: isWord, atLeast: 30 },
  { prefixes: ["shpat_", "shpca_", "shppa_", "shpss_"], isPart: isHex, atLeast: 32, isAnywhere: true },
  { prefixes: ["ATATT3"], isPart: isWordOrDash, atLeast: 40 },
  { prefixes: ["lin_api_"], isPart: isWord, atLeast: 30 },
  { prefixes: ["NRAK-"], isPart: isUpperOrDigit, atLeast: 20 },
  { prefixes: ["PMAK-"], isPart: isWordOrDash, atLeast: 30 },
  { prefixes: ["sntrys_", "sntryu_"], isPart: isWord, atLeast: 30 },
  { prefixes: ["sq0atp-", "sq0csp-"], isPart: isWordOrDash, atLeast: 20 },
  { prefixes: ["dapi"], isPart: isHex, atLeast: 32 },
  { prefixes: ["AGE-SECRET-KEY-1"], isPart: isUpperOrDigit, atLeast: 40 },
];

/** Returns a detector for keys of a format. */
export function keyDetector({ isPart, atLeast, isAnywhere = false }: KeyFormat): Detector {
  const rest = (text: string, from: number): number => endOfRun(text, from, isPart);
  return (scan, at, tail) => {
    if (!isAnywhere && !scan.isBoundary(at)) return undefined;
    const end = scan.endOfRun(tail, isPart);
    if (end - tail >= atLeast) return { kind: "secret", start: at, end, rest };
    return end === scan.length ? { kind: "open", start: at } : undefined;
  };
}

const AWS_ID = 16;
const AWS_SECRET = 40;
/** Maximum distance in characters of a secret key behind its ID. */
const AWS_DISTANCE = 200;

/** Finds an AWS access key ID, and a secret access key behind it. */
export const awsKeys: Detector = (scan, at, tail) => {
  if (!scan.isBoundary(at)) return undefined;
  const end = scan.endOfRun(tail, isUpperOrDigit);
  if (end - tail < AWS_ID && end === scan.length) return { kind: "open", start: at };
  if (end - tail !== AWS_ID || isWord(scan.text.charCodeAt(end))) return undefined;
  return [{ kind: "secret", start: at, end }, ...awsSecretsBehind(scan, end)];
};

function* awsSecretsBehind(scan: TextScan, from: number): Generator<Finding> {
  for (let at = from; at < from + AWS_DISTANCE && at < scan.length; at++) {
    const end = scan.endOfRun(at, isBase64);
    if (end === scan.length && end - at > 0 && end - at < AWS_SECRET) yield { kind: "open", start: at };
    else if (end - at === AWS_SECRET) yield { kind: "secret", start: at, end };
    at = end;
  }
}

/** Length of the text in front of `Q~` in a secret of an Azure application. */
const AZURE_HEAD = 4;

/** Finds a client secret of an Azure application: `abc8Q~…`. */
export const azureClientSecrets: Detector = (scan, at, tail) => {
  const start = at - AZURE_HEAD;
  if (start < 0 || scan.endOfRun(start, isAzurePart) < at) return undefined;
  const end = scan.endOfRun(tail, isAzurePart);
  if (end - tail >= 30) return { kind: "secret", start, end, rest: (text, from) => endOfRun(text, from, isAzurePart) };
  return end === scan.length ? { kind: "open", start } : undefined;
};

const isAzurePart: CharClass = (code) => isWordDashOrDot(code) || code === 126;

/** Maximum length of the number in front of `:AA` in the token of a Telegram bot. */
const TELEGRAM_ID = 12;

/** Finds the token of a Telegram bot: `123456789:AA…`. */
export const telegramTokens: Detector = (scan, at, tail) => {
  const [id] = /\d{7,12}$/.exec(scan.text.slice(Math.max(0, at - TELEGRAM_ID), at)) ?? [];
  if (id === undefined) return undefined;
  const end = scan.endOfRun(tail, isWordOrDash);
  const start = at - id.length;
  if (end - tail >= 30) return { kind: "secret", start, end, rest: (text, from) => endOfRun(text, from, isWordOrDash) };
  return end === scan.length ? { kind: "open", start } : undefined;
};

/** Minimum and maximum length of the first part of the token of a Discord bot. */
const DISCORD_ID = [23, 28] as const;

/** Finds the token of a Discord bot, whose middle part has six characters. */
export const discordTokens: Detector = (scan, at, tail) => {
  const start = startOfDiscordId(scan, at);
  if (start === undefined) return undefined;
  const end = scan.endOfRun(tail, isWordOrDash);
  if (end - tail >= 25) return { kind: "secret", start, end, rest: (text, from) => endOfRun(text, from, isWordOrDash) };
  return end === scan.length ? { kind: "open", start } : undefined;
};

/** The part begins with M, N or O, where a word may begin. */
function startOfDiscordId(scan: TextScan, end: number): number | undefined {
  const { text } = scan;
  const [shortest, longest] = DISCORD_ID;
  let found: number | undefined;
  for (let at = end - 1; at >= Math.max(0, end - longest) && isWordOrDash(text.charCodeAt(at)); at--) {
    const code = text.charCodeAt(at);
    if (at <= end - shortest && code >= 77 && code <= 79 && scan.isBoundary(at)) found = at;
  }
  return found;
}
