import type { Detector, Finding } from "./finding.ts";
import { awsKeys, azureClientSecrets, discordTokens, keyDetector, keyFormats, telegramTokens } from "./keyFormats.ts";
import { namedValues, secretNames, urlPasswords, urlSignatures } from "./namedValues.ts";
import { privateKeys, webTokens } from "./privateKeys.ts";
import { TextScan } from "./textScan.ts";

/** Detectors by the literal text that begins a secret. */
const detectors: ReadonlyMap<string, Detector> = new Map<string, Detector>([
  ...keyFormats.flatMap((format) => {
    const detector = keyDetector(format);
    return format.prefixes.map((prefix) => [prefix, detector] as const);
  }),
  ...["AKIA", "ASIA", "ABIA", "ACCA"].map((prefix) => [prefix, awsKeys] as const),
  ["-----BEGIN ", privateKeys],
  ["eyJ", webTokens],
  ["://", urlPasswords],
  ["sig=", urlSignatures],
  ["Q~", azureClientSecrets],
  [":AA", telegramTokens],
]);

const literals = [...detectors.keys()].map((literal) => literal.replaceAll(/[./]/g, "\\$&")).join("|");
/** Literals, and the middle part of the token of a Discord bot. */
const triggers = new RegExp(`${literals}|\\.[\\w-]{6}\\.`, "g");

/**
 * Finds secrets in a text, in linear time for any input: two passes of patterns without unbounded quantifiers find
 * where a secret may begin, and each detector visits the following characters in loops whose results are kept.
 * @returns findings in the order of the detectors, which may overlap
 */
export function findSecrets(text: string): Finding[] {
  const findings: Finding[] = [];
  let scan: TextScan | undefined;
  let last: Finding | undefined;
  for (const [pattern, detectorOf] of passes) {
    pattern.lastIndex = 0;
    for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
      scan ??= new TextScan(text);
      const { index, 0: trigger } = match;
      const found = detectorOf(trigger)(scan, index, index + trigger.length);
      if (isList(found)) findings.push(...found);
      else if (found !== undefined && !covers(last, found)) {
        findings.push(found);
        last = found;
      }
      // Triggers may overlap.
      pattern.lastIndex = index + 1;
    }
  }
  return findings;
}

const passes: readonly (readonly [RegExp, (trigger: string) => Detector])[] = [
  [triggers, (trigger) => detectors.get(trigger) ?? discordTokens],
  [secretNames, () => namedValues],
];

/** Returns true if a finding is part of a secret, and so adds nothing: a run of characters may contain many triggers. */
function covers(last: Finding | undefined, found: Finding): boolean {
  if (last?.kind !== "secret" || found.kind !== "secret") return false;
  return last.start <= found.start && last.end >= found.end;
}

function isList(found: ReturnType<Detector>): found is readonly Finding[] {
  return Array.isArray(found);
}
