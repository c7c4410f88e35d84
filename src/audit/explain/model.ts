import type { FileCheck, Finding, FindingImage, FindingOrigin, Severity, SignatureFacts } from '../model/index.ts';
import type { YamlLine } from '../policy/index.ts';
import type { ProofLevel } from '../rules/index.ts';

/** One signature of a package's header, with what is known of its key. */
export interface ExplainedSignature
  extends Pick<SignatureFacts, 'tag' | 'algorithm' | 'keyId' | 'fingerprint' | 'result' | 'reason'> {
  /** What the policy says of the key; null when it does not know it. */
  readonly policy: { readonly owner: string; readonly verdict: string; readonly line: YamlLine | null } | null;
  /** Who is publicly known to hold the key; null when nobody is. */
  readonly holder: { readonly owner: string; readonly class: string } | null;
}

/** A rule that fires for the package, what it saw, and where the policy says how bad that is. */
export interface ExplainedRule {
  readonly rule: string;
  readonly title: string;
  readonly severity: Severity;
  readonly message: string;
  /** The line that gives the severity; null where the profile or the rule itself does. */
  readonly line: YamlLine | null;
}

/** Where the package came in, and every image that has it from there. */
export interface ExplainedOrigin {
  readonly origin: FindingOrigin;
  /** Path of the database that lists it. */
  readonly databases: readonly string[];
  readonly images: readonly Pick<FindingImage, 'name' | 'digest' | 'hiddenBy' | 'by'>[];
  /** How its files stand against the signed digests, image by image (deep mode). */
  readonly files: readonly { readonly image: string; readonly state: FileCheck['state']; readonly reason: string }[];
}

export interface ExplainedFinding extends Pick<Finding, 'id' | 'rule' | 'severity' | 'status' | 'message'> {
  /** Exceptions that cover it, with their lines. */
  readonly exceptions: readonly {
    readonly id: string;
    readonly owner: string;
    readonly reason: string;
    readonly expires: string;
    readonly line: YamlLine | null;
  }[];
}

/** One build of a package: everything that is known of it. */
export interface ExplainedPackage {
  readonly nevra: string;
  /** sha256 (hex) of the signed header. */
  readonly header: string;
  readonly headerDigest: 'ok' | 'bad' | 'absent';
  readonly claims: {
    readonly vendor: string | null;
    readonly packager: string | null;
    readonly buildHost: string | null;
    /** ISO 8601. */
    readonly built: string | null;
    readonly sourceRpm: string | null;
    readonly license: string | null;
  };
  readonly signatures: readonly ExplainedSignature[];
  readonly proof: { readonly level: ProofLevel; readonly label: string };
  /** Names of the open catalogues that list the very same header. */
  readonly catalogues: readonly string[];
  readonly origins: readonly ExplainedOrigin[];
  readonly rules: readonly ExplainedRule[];
  readonly findings: readonly ExplainedFinding[];
}

/** The answer to "how do you know?". */
export interface Explanation {
  readonly kind: 'AuditExplanation';
  readonly apiVersion: 'slipway.okd.io/v1';
  /** Name, NEVRA or pattern that was asked for. */
  readonly query: string;
  readonly policy: { readonly name: string; readonly digest: string };
  /** Sorted by NEVRA; empty when no image has such a package. */
  readonly packages: readonly ExplainedPackage[];
}
