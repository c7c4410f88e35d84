import { Type } from 'typebox';
import { parserOf, SlipwayError } from '../../util/index.ts';
import { isSemver } from '../../version/index.ts';
import { jsonLines, Rfc3339 } from '../data/index.ts';
import type { EvidenceRecord } from '../types.ts';

const parseRecord = parserOf(
  Type.Object({
    from: Type.String(),
    to: Type.String(),
    arch: Type.String({ pattern: '^[0-9a-z]+$' }),
    result: Type.Union([Type.Literal('pass'), Type.Literal('fail'), Type.Literal('infra')]),
    job: Type.String({ minLength: 1 }),
    url: Type.String({ pattern: '^https?://[^\\s]+$' }),
    time: Rfc3339,
    source: Type.Optional(Type.Union([Type.Literal('ci'), Type.Literal('community')])),
    platform: Type.Optional(Type.String()),
    reporter: Type.Optional(Type.String()),
    minutes: Type.Optional(Type.Number({ minimum: 0 })),
  }),
  'GRAPH_EVIDENCE_INVALID',
);

/**
 * Parses an evidence ledger: JSON lines, one test of one update each (update-graph § 8.2.3). Blank lines are skipped.
 * Throws `GRAPH_EVIDENCE_INVALID` with file, line and field: a run that cannot be read must not count as none.
 */
export function parseEvidence(text: string, file = 'evidence'): EvidenceRecord[] {
  return jsonLines(text, file, 'GRAPH_EVIDENCE_INVALID').map(({ value, line }) => {
    const { source = 'ci', ...record } = parseRecord(value, { file, line });
    for (const field of ['from', 'to'] as const)
      if (!isSemver(record[field]))
        throw new SlipwayError('GRAPH_EVIDENCE_INVALID', `"${record[field]}" is not a semantic version.`, {
          place: { file, line, field },
        });
    if (Number.isNaN(Date.parse(record.time)))
      throw new SlipwayError('GRAPH_EVIDENCE_INVALID', `there is no time "${record.time}".`, {
        place: { file, line, field: 'time' },
      });
    return { ...record, source };
  });
}
