import type { YamlLine } from '../policy/index.ts';
import { describeOrigin } from '../report/index.ts';
import type { ExplainedOrigin, ExplainedPackage, ExplainedSignature, Explanation } from './model.ts';

const at = (line: YamlLine | null): string => (line === null ? '' : ` (${line.file}:${line.line}: ${line.text})`);

const RESULTS = {
  ok: 'verified',
  bad: 'WRONG: it does not belong to the header',
  'no-key': 'not verified: its public key is not in the keyring',
  unverifiable: 'can not be verified here',
} as const;

const TAGS: Readonly<Record<number, string>> = {
  268: 'RSAHEADER',
  267: 'DSAHEADER',
  259: 'SIGPGP',
  262: 'SIGGPG',
  278: 'OPENPGP',
};

function signatureLines({ tag, algorithm, keyId, fingerprint, result, reason, policy, holder }: ExplainedSignature) {
  return [
    `signature ${TAGS[tag] ?? tag}, ${algorithm}: ${RESULTS[result]}${reason === '' || result === 'ok' ? '' : ` (${reason})`}`,
    `  key ${keyId ?? 'not named'}, fingerprint ${fingerprint ?? 'not known'}`,
    `  held by: ${holder === null ? 'nobody whose key is on public record' : `${holder.owner} (${holder.class})`}`,
    policy === null
      ? '  the policy does not know the key'
      : `  the policy says: ${policy.verdict}, ${policy.owner}${at(policy.line)}`,
  ];
}

function originLines({ origin, databases, images, files }: ExplainedOrigin): string[] {
  const names = images.map(({ name, hiddenBy, by }) => {
    const remarks = [
      ...(hiddenBy === null ? [] : [`hidden by layer ${hiddenBy}`]),
      ...(by === 'layer' ? [] : ['flattened; told by its transaction']),
    ];
    return remarks.length === 0 ? name : `${name} (${remarks.join('; ')})`;
  });
  return [
    ...describeOrigin(origin),
    `listed in ${databases.join(', ')}`,
    `in ${images.length} ${images.length === 1 ? 'image' : 'images'}: ${names.join(', ')}`,
    ...files.map(({ image, state, reason }) => `files in ${image}: ${state}${reason === '' ? '' : `, ${reason}`}`),
  ];
}

function packageLines(found: ExplainedPackage): string[] {
  const { claims, signatures, rules, findings } = found;
  const says = Object.entries({
    vendor: claims.vendor,
    packager: claims.packager,
    'build host': claims.buildHost,
    built: claims.built,
    'built from': claims.sourceRpm,
    license: claims.license,
  }).filter(([, value]) => value !== null);
  return [
    found.nevra,
    `  proof: ${found.proof.level}, ${found.proof.label}`,
    `  header: sha256:${found.header}, recorded digest ${found.headerDigest}`,
    ...(signatures.length === 0 ? ['  no signature'] : signatures.flatMap(signatureLines).map((line) => `  ${line}`)),
    `  catalogues with the same header: ${found.catalogues.join(', ') || 'none'}`,
    '  the header says (anybody can write this; a verified signature covers it):',
    ...says.map(([name, value]) => `    ${name}: ${value}`),
    ...found.origins.flatMap((origin) => ['  where it came in:', ...originLines(origin).map((line) => `    ${line}`)]),
    rules.length === 0 ? '  no rule fires' : '  rules that fire:',
    ...rules.map(({ rule, severity, message, line }) => `    ${severity} ${rule}: ${message}${at(line)}`),
    ...findings.flatMap(({ id, rule, severity, status, exceptions }) => [
      `  finding ${id}: ${severity} ${rule}, ${status}`,
      ...exceptions.map(
        ({ id: exception, owner, reason, expires, line }) =>
          `    excepted by ${exception} of ${owner} until ${expires}: ${reason}${at(line)}`,
      ),
    ]),
  ];
}

/** An explanation for people. Deterministic. */
export function textExplanation({ query, policy, packages }: Explanation): string {
  if (packages.length === 0) return `No image has a package "${query}".\n`;
  const head = `How this is known, under policy ${policy.name} (${policy.digest}):`;
  return `${[head, '', ...packages.flatMap((found) => [...packageLines(found), ''])].join('\n').trimEnd()}\n`;
}
