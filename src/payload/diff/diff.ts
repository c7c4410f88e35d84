import { COMMIT_ID } from '../assemble/index.ts';
import { digestOrSpec, payloadInfo, type ReleaseInfo } from '../info/index.ts';
import { imageTags, type TagReference } from '../stream/index.ts';
import { compareBytes } from '../text/index.ts';
import type { Payload } from '../types.ts';

/** A component with different images in two releases; a side is missing when it was added or removed. */
export interface ImageChange {
  readonly name: string;
  readonly from?: TagReference;
  readonly to?: TagReference;
  /**
   * `changed`: another commit. `rebuilt`: another image of the same, or of an unknown, commit. The same
   * digest elsewhere is the same image; one that is named by a tag is another by its pull spec.
   */
  readonly kind: 'changed' | 'rebuilt' | 'added' | 'removed';
}

export interface ManifestChange {
  readonly name: string;
  readonly from?: Uint8Array;
  readonly to?: Uint8Array;
}

export interface PayloadDiff {
  readonly from: ReleaseInfo;
  readonly to: ReleaseInfo;
  /** In byte order of names. */
  readonly images: readonly ImageChange[];
  /** Manifest files, in byte order of names. */
  readonly manifests: readonly ManifestChange[];
  /** The same release image. */
  readonly identical: boolean;
  /** Whether `to` names `from` as a version it can be reached from. */
  readonly upgrade: boolean;
}

function kindOf(from: TagReference | undefined, to: TagReference | undefined): ImageChange['kind'] {
  if (from === undefined) return 'added';
  if (to === undefined) return 'removed';
  const a = from.annotations?.[COMMIT_ID] ?? '';
  const b = to.annotations?.[COMMIT_ID] ?? '';
  return a !== '' && b !== '' && a !== b ? 'changed' : 'rebuilt';
}

/** What is different between two releases (payload format § 2.2). Pure. */
export function diffPayloads(a: Payload, b: Payload): PayloadDiff {
  const from = payloadInfo(a);
  const to = payloadInfo(b);
  const before = new Map(imageTags(a.imageReferences.tags).map((tag) => [tag.name, tag]));
  const after = new Map(imageTags(b.imageReferences.tags).map((tag) => [tag.name, tag]));
  const names = [...new Set([...before.keys(), ...after.keys()])].sort(compareBytes);
  const images = names.flatMap((name): ImageChange[] => {
    const old = before.get(name);
    const now = after.get(name);
    if (old !== undefined && now !== undefined && digestOrSpec(old) === digestOrSpec(now)) return [];
    return [
      {
        name,
        ...(old === undefined ? {} : { from: old }),
        ...(now === undefined ? {} : { to: now }),
        kind: kindOf(old, now),
      },
    ];
  });
  return {
    from,
    to,
    images,
    manifests: diffManifests(from, to),
    identical: from.digest === to.digest,
    upgrade: b.metadata.previous.includes(a.metadata.version),
  };
}

function diffManifests(from: ReleaseInfo, to: ReleaseInfo): readonly ManifestChange[] {
  const before = new Map(from.manifests.map(({ name, bytes }) => [name, bytes]));
  const after = new Map(to.manifests.map(({ name, bytes }) => [name, bytes]));
  return [...new Set([...before.keys(), ...after.keys()])].sort(compareBytes).flatMap((name): ManifestChange[] => {
    const old = before.get(name);
    const now = after.get(name);
    if (old !== undefined && now !== undefined && Buffer.compare(old, now) === 0) return [];
    return [{ name, ...(old === undefined ? {} : { from: old }), ...(now === undefined ? {} : { to: now }) }];
  });
}
