/** An example of a secret in a known format, put together at run time: searches for keys in sources do not find it. */
export interface SecretExample {
  readonly name: string;
  readonly secret: string;
  /** The text that replaces it. */
  readonly shown: string;
  /** The last characters that must not be seen. */
  readonly core: string;
}

const LETTERS = "a1b2c3d4e5f6g7h8i9j0k1l2m3n4o5p6q7r8s9t0u1v2";
const HEX = "0a1b2c3d4e5f60718293a4b5c6d7e8f9a0b1c2d3";
const UPPER = LETTERS.toUpperCase();
const HIDDEN = "(hidden)";
const CORE = 12;

/** The beginnings of keys in two pieces, with the characters that follow. */
const keys: readonly (readonly [name: string, head: string, body: string, rest: string])[] = [
  ["a token of a client", "kb", "t_", LETTERS],
  ["an OpenAI key", "s", "k-proj-", LETTERS],
  ["a Stripe key", "s", "k_live_", LETTERS],
  ["a secret of a Stripe webhook", "wh", "sec_", LETTERS],
  ["a GitHub token", "gh", "p_", LETTERS],
  ["a fine-grained GitHub token", "github", "_pat_", LETTERS],
  ["a GitLab token", "gl", "pat-", LETTERS],
  ["an npm token", "np", "m_", LETTERS],
  ["a PyPI token", "py", "pi-", LETTERS],
  ["a RubyGems key", "ruby", "gems_", HEX],
  ["a Docker token", "dckr", "_pat_", LETTERS],
  ["a Slack token", "xo", "xb-123456789012-", LETTERS],
  ["a Slack app token", "xa", "pp-1-", LETTERS],
  ["a Google API key", "AI", "za", LETTERS],
  ["a Google access token", "ya", "29.", LETTERS],
  ["a Google client secret", "GO", "CSPX-", LETTERS],
  ["a Hugging Face token", "h", "f_", LETTERS],
  ["a Twilio key", "S", "K", HEX.slice(0, 32)],
  ["a SendGrid key", "S", "G.", LETTERS],
  ["a DigitalOcean token", "dop", "_v1_", HEX],
  ["a Vault token", "hv", "s.", LETTERS],
  ["a Grafana token", "gl", "sa_", LETTERS],
  ["a Shopify token", "shp", "at_", HEX],
  ["an Atlassian token", "ATA", "TT3", LETTERS],
  ["a Linear key", "lin", "_api_", LETTERS],
  ["a New Relic key", "NR", "AK-", UPPER],
  ["a Postman key", "PM", "AK-", LETTERS],
  ["a Sentry token", "sn", "trys_", LETTERS],
  ["a Square token", "sq0", "atp-", LETTERS],
  ["a Databricks token", "da", "pi", HEX],
  ["an age key", "AGE-SECRET", "-KEY-1", UPPER],
  ["an AWS access key", "AK", "IA", UPPER.slice(0, 16)],
  ["a JSON Web Token", "ey", "J", [LETTERS, LETTERS, LETTERS].join(".")],
  ["an Azure client secret", "abc8", "Q~", LETTERS],
  ["a Telegram token", "123456789", ":AA", LETTERS],
  ["a Discord token", "M", LETTERS.slice(0, 23), [".abc123.", LETTERS].join("")],
];

/** Secrets behind text that remains. */
const named: readonly (readonly [name: string, before: string, secret: string, after: string])[] = [
  ["a Slack webhook", "https://", ["hooks.slack", ".com/services/", LETTERS].join(""), ""],
  ["a Discord webhook", "https://discord.com", ["/api", "/webhooks/1234567890/", LETTERS].join(""), ""],
  ["a password of a URL", "https://user:", LETTERS.slice(0, 20), "@host/path"],
  ["a signature of a URL", "https://host/path?a=b&sig=", LETTERS, ""],
  ["a value after a name", "DB_PASSWORD=", LETTERS.slice(0, 20), ""],
  ["an authorization header", "Authorization: Bearer ", LETTERS, ""],
  ["a cookie", "Cookie: ", ["session=", LETTERS].join(""), ""],
];

/** One example for each format. */
export const secretExamples: readonly SecretExample[] = [
  ...keys.map(([name, head, body, rest]) => ({
    name,
    secret: [head, body, rest].join(""),
    shown: HIDDEN,
    core: rest.slice(-CORE),
  })),
  ...named.map(([name, before, secret, after]) => ({
    name,
    secret: [before, secret, after].join(""),
    shown: before + HIDDEN + after,
    core: secret.slice(-CORE),
  })),
  {
    name: "a private key",
    secret: ["-----BEGIN ", "PRIVATE KEY-----", LETTERS, "-----END ", "PRIVATE KEY-----"].join(""),
    shown: HIDDEN,
    core: LETTERS.slice(-CORE),
  },
];
