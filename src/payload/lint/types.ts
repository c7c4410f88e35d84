import type { Digest } from '../../oci/index.ts';
import type { Place, SlipwayError } from '../../util/index.ts';
import type { LayeredFile, PayloadFile } from '../files.ts';
import type { Cluster, Manifest } from '../manifest/index.ts';
import type { ComponentImage, Payload } from '../types.ts';

/** `error`: a Cluster Version Operator would refuse the payload, or a cluster break. */
export type Severity = 'error' | 'warning' | 'info';

/** What a rule found. */
export interface Problem {
  readonly severity: Severity;
  /** A full sentence. */
  readonly message: string;
  /** Where a field is named: the line of the object, from which that of the field is found. */
  readonly place?: Place;
  /** What of the field's text it is about, which may have many lines. */
  readonly words?: string;
}

export interface LintFinding extends Pick<Problem, 'severity' | 'message'> {
  /** `P001` */
  readonly rule: string;
  readonly place: Place;
}

/** One rule of the payload format specification, § 4.4. */
export interface LintRule {
  readonly id: string;
  /** What the rule asks for. */
  readonly title: string;
  /** It is only judged where the release before is known. */
  readonly edge?: true;
  check(facts: LintFacts): Iterable<Problem>;
}

/** A file of `/release-manifests`, read. */
export interface ReadFile {
  readonly file: PayloadFile;
  readonly text: string;
  /** The objects that are judged; empty when the file is no manifest or could not be read. */
  readonly manifests: readonly Manifest[];
  /** Objects that the kind of cluster which is judged for does not get; none where all are judged. */
  readonly hidden: readonly Manifest[];
  readonly error?: SlipwayError;
}

/** A public key in a release-verification ConfigMap. */
export interface TrustKey {
  readonly fingerprint: string;
  readonly algorithm: string;
  readonly userId: string;
  /** Unix seconds; absent: it does not expire. */
  readonly expires?: number;
}

/** A release-verification ConfigMap: how a running release verifies the next (payload format § 3.1). */
export interface TrustConfig {
  readonly file: string;
  readonly line: number;
  readonly manifest: Manifest;
  readonly keys: readonly TrustKey[];
  /** Fingerprints of keys that a Cluster Version Operator drops as it loads the ring: none of theirs counts. */
  readonly dropped: readonly string[];
  readonly stores: readonly string[];
  /** Why a Cluster Version Operator could not load its verifier from it. */
  readonly error?: string;
  /** Stores that could not be asked, and why; absent where they were not. */
  readonly unreachable?: readonly string[];
  /** Of the release before: why a cluster that verifies by it refuses the next; absent when it accepts it. */
  readonly refusal?: string;
  /** Of the release before: a cluster that verifies by it accepts the next by a signature that is kept with it; no store was asked. */
  readonly byKept?: true;
}

/** A release of several architectures, and what its components are there for. */
export interface ListFacts {
  readonly members: readonly {
    /** `linux/amd64` */
    readonly platform: string;
    /** Digest of the uncompressed payload layer. */
    readonly payload: Digest | undefined;
  }[];
  /** Platforms of each component; `undefined` for a single image. */
  readonly components: readonly { readonly name: string; readonly platforms: readonly string[] | undefined }[];
}

/** The release that clusters come from, and whether its verifiers would let them go to the one that is judged. */
export interface EdgeFacts {
  readonly from: Payload;
  readonly files: readonly ReadFile[];
  readonly trust: readonly TrustConfig[];
  /** Why /manifests of its base image are not known; absent where they are. */
  readonly unread?: string;
}

/** Bytes that a registry says it has, by digest; `undefined` of what it does not have. Without what it was not asked for. */
export type BlobSizes = ReadonlyMap<Digest, number | undefined>;

/** All that the rules look at: gathered once, then judged without I/O. */
export interface LintFacts {
  readonly payload: Payload;
  /** Without `image-references` and `release-metadata`. */
  readonly files: readonly ReadFile[];
  /** `/manifests` of the base image; `undefined` when the base is no readable component. */
  readonly base: readonly LayeredFile[] | undefined;
  readonly components: readonly ComponentImage[];
  /** Components that could not be read. */
  readonly unreadable: readonly { readonly name: string; readonly pullSpec: string; readonly error: SlipwayError }[];
  readonly trust: readonly TrustConfig[];
  /** Kinds of clusters that are judged for: not every one gets all objects. */
  readonly clusters: readonly Cluster[];
  /** Of the release image's configuration and layers. Absent where its repository is not known. */
  readonly sizes?: BlobSizes;
  /** Of the components' layers, by component. */
  readonly componentSizes?: ReadonlyMap<string, BlobSizes>;
  /** Whether there are Sigstore signatures of this release and of the one before; absent where nobody looked. */
  readonly sigstore?: { readonly release?: boolean; readonly from?: boolean } | undefined;
  /** Only of a manifest list. */
  readonly list?: ListFacts;
  /** Only where the release before was named. */
  readonly edge?: EdgeFacts;
  readonly at: Date;
}
