import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { RULE_SUMMARIES } from '../rules/index.ts';
import { CONTEXT, sampleReport } from '../testing/report.ts';
import { REPORT_FORMATS } from './index.ts';

/**
 * Words that say what follows from the evidence instead of what was seen (spec audit.md § 1.4). Whether somebody may
 * distribute something is for people to decide; the audit says who signed it, where it came from, and what the policy
 * of the project says of that.
 */
const CONCLUSIONS =
  /\b(il)?legal(ly|ity)?\b|\b(un)?lawful|\binfring|\bviolat|\bbreach|\bliab(le|ility)\b|\bpira(cy|te)|\bunlicen[cs]ed\b|\b(non-?)?complian(t|ce)\b|\bguilty\b|\bcourt\b|\blawsuit\b|\bguarantee|\bwarrant(y|ies)\b|\b(un)?authori[sz]ed to\b|\b(not |un)entitled to\b|\b(may|must|can) ?not be (re)?distribut|\b(is|are|not) redistributable\b|\bfree of licen[cs]ed\b|\bstolen\b|\bpermission to\b|\brights? to\b/iu;

/** Text of a source file: what stands between quotes, without what it imports. */
function literals(source: string): string[] {
  return source
    .split('\n')
    .filter((line) => !/^\s*(import|export .* from|\/\/|\/?\*)/u.test(line))
    .flatMap((line) => line.match(/'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|`(?:[^`\\]|\\.)*`?/gu) ?? []);
}

test('the list finds conclusions, and leaves words of evidence alone', () => {
  for (const text of [
    'This is illegal.',
    'a licence violation',
    'non-compliant',
    'may not be distributed',
    'unlicensed',
  ])
    assert.match(text, CONCLUSIONS);
  for (const text of [
    'signed by Red Hat, key 199e2f91fd431d51',
    'denied by the policy',
    'still distributed',
    'allowed signer',
  ])
    assert.doesNotMatch(text, CONCLUSIONS);
});

test('no form of a report draws a legal conclusion', async () => {
  const report = await sampleReport();
  for (const { id, format } of Object.values(REPORT_FORMATS)) {
    const [found] = format(report, CONTEXT).match(CONCLUSIONS) ?? [];
    assert.equal(found, undefined, id);
  }
});

test('no rule, message or format has words that draw one', () => {
  const room = join(import.meta.dirname, '..');
  const files = globSync('{rules,judge,report,sbom,policy,facts,evidence}/**/*.ts', { cwd: room }).filter(
    // Data: names that others gave to licences.
    (file) => !/\.test\.ts$|\/testing\/|(callaway|spdx-ids)\.ts$/u.test(file),
  );
  assert.ok(files.length > 30);
  for (const file of files) {
    for (const text of literals(readFileSync(join(room, file), 'utf8'))) {
      assert.doesNotMatch(text, CONCLUSIONS, file);
    }
  }
  for (const { id, title } of RULE_SUMMARIES) assert.doesNotMatch(title, CONCLUSIONS, id);
});
