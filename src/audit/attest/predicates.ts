import { prettyJson, sha256Hex } from '../../util/index.ts';
import { type AuditReport, createdOf, type ReportContext, toolOf } from '../model/index.ts';
import { RULE_SUMMARIES } from '../rules/index.ts';
import { cyclonedxFormat, spdxFormat } from '../sbom/index.ts';
import { resource } from './statement.ts';

/**
 * What can be attested of a report: a pure function of it. All have this shape and stand in the table below; adding one
 * touches that table alone.
 */
export interface Predicate {
  /** What people choose it by, and part of file names. */
  readonly id: string;
  readonly title: string;
  readonly type: string;
  /** `release`: of the release as a whole. `image`: of every image as well. */
  readonly of: 'release' | 'image';
  make(report: AuditReport, context: ReportContext): unknown;
}

/** Rules by what their open findings come to. */
function results({ findings }: AuditReport) {
  const open = findings.filter(({ status }) => status === 'open');
  const withSeverity = (wanted: string): ReadonlySet<string> =>
    new Set(open.filter(({ severity }) => severity === wanted).map(({ rule }) => rule));
  const failed = withSeverity('deny');
  const warned = withSeverity('warn');
  const asked = [...new Set([...RULE_SUMMARIES.map(({ id }) => id), ...findings.map(({ rule }) => rule)])].sort();
  return {
    failedTests: asked.filter((rule) => failed.has(rule)),
    warnedTests: asked.filter((rule) => warned.has(rule) && !failed.has(rule)),
    passedTests: asked.filter((rule) => !warned.has(rule) && !failed.has(rule)),
  };
}

/** in-toto test-result v0.1: the rules are the tests. */
const testResult: Predicate = {
  id: 'test-result',
  title: 'Result of the audit, rule by rule',
  type: 'https://in-toto.io/attestation/test-result/v0.1',
  of: 'release',
  make(report) {
    const { policy, keyrings, catalogues, verdict } = report;
    const tests = results(report);
    const passed = tests.warnedTests.length === 0 ? 'PASSED' : 'WARNED';
    return {
      result: verdict === 'fail' ? 'FAILED' : passed,
      configuration: [
        resource(`policy ${policy.name}`, policy.digest),
        ...keyrings.map((digest) => resource('keyring', digest)),
        ...catalogues.map(({ name, digest }) => resource(`catalogue ${name}`, digest)),
        resource('report', `sha256:${sha256Hex(prettyJson(report))}`),
      ],
      ...tests,
    };
  },
};

/** SLSA Verification Summary v1. Build provenance is not what was looked at, so no level of it is stated. */
const verificationSummary: Predicate = {
  id: 'vsa',
  title: 'Verification summary',
  type: 'https://slsa.dev/verification_summary/v1',
  of: 'release',
  make(report, context) {
    const { policy, verdict } = report;
    const { name, version } = toolOf(report);
    return {
      verifier: { id: `https://slipway.okd.io/${name}`, version: { [name]: version } },
      timeVerified: createdOf(report, context),
      resourceUri:
        context.payload?.pullSpec ?? report.images.map(({ pullSpec, digest }) => pullSpec ?? digest)[0] ?? '',
      policy: { uri: `https://slipway.okd.io/policies/${policy.name}`, digest: resource('', policy.digest).digest },
      verificationResult: verdict === 'pass' ? 'PASSED' : 'FAILED',
      verifiedLevels: [verdict === 'pass' ? 'SLSA_BUILD_LEVEL_UNEVALUATED' : 'FAILED'],
      slsaVersion: '1.0',
    };
  },
};

const cyclonedx: Predicate = {
  id: 'cyclonedx',
  title: 'CycloneDX SBOM',
  type: 'https://cyclonedx.org/bom',
  of: 'image',
  make: (report, context) => JSON.parse(cyclonedxFormat.format(report, context)),
};

const spdx: Predicate = {
  id: 'spdx',
  title: 'SPDX SBOM',
  type: 'https://spdx.dev/Document',
  of: 'image',
  make: (report, context) => JSON.parse(spdxFormat.format(report, context)),
};

/** Everything that is attested. */
export const PREDICATES: readonly Predicate[] = [testResult, verificationSummary, cyclonedx, spdx];
