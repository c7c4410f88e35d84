import { type Static, Type } from 'typebox';
import { Nullable } from '../../util/index.ts';
import { Timestamp } from './common.ts';
import { PackageChangesView } from './release.ts';

const ImageView = Type.Object({
  name: Type.String(),
  pullSpec: Type.String(),
  sourceUrl: Nullable(Type.String()),
  commit: Nullable(Type.String()),
  commitUrl: Nullable(Type.String()),
});

const CodeChangeView = Type.Object({
  images: Type.Array(Type.String(), { description: 'components that the change reached' }),
  repository: Type.String(),
  sourceUrl: Nullable(Type.String()),
  fromCommit: Type.String(),
  toCommit: Type.String(),
  compareUrl: Nullable(Type.String()),
  commits: Type.Array(
    Type.Object({
      subject: Type.String(),
      pullRequest: Type.Integer(),
      url: Nullable(Type.String()),
      at: Timestamp,
      issues: Type.Array(Type.Object({ id: Type.String(), url: Type.String() })),
    }),
  ),
  elided: Type.Integer({ description: 'commits without a pull request of their own' }),
  unavailable: Nullable(
    Type.String({ description: 'why the commits are not known; null also when none were asked for' }),
  ),
});

const ObjectChangeView = Type.Object({
  apiVersion: Type.String(),
  kind: Type.String(),
  namespace: Type.String({ description: 'empty for objects of the whole cluster' }),
  name: Type.String(),
  change: Type.Union([Type.Literal('added'), Type.Literal('removed'), Type.Literal('changed'), Type.Literal('moved')]),
  file: Type.String(),
  fields: Type.Array(
    Type.Object({
      path: Type.String(),
      from: Nullable(Type.String({ description: 'JSON, cut when it is long' })),
      to: Nullable(Type.String()),
    }),
  ),
});

/** One release compared with another. */
export const ComparisonView = Type.Object({
  from: Type.String(),
  to: Type.String(),
  identical: Type.Boolean(),
  versions: Type.Array(Type.Object({ name: Type.String(), version: Type.String(), from: Nullable(Type.String()) })),
  featureGates: Type.Object({
    columns: Type.Array(Type.Object({ featureSet: Type.String(), profile: Type.String() })),
    gates: Type.Array(Type.Object({ name: Type.String(), tests: Type.Integer(), states: Type.Array(Type.String()) })),
  }),
  added: Type.Array(ImageView),
  removed: Type.Array(Type.String()),
  rebuilt: Type.Array(ImageView),
  unknownSource: Type.Array(ImageView),
  changed: Type.Array(CodeChangeView),
  objects: Type.Array(ObjectChangeView),
  unchangedObjects: Type.Integer(),
  unreadable: Type.Array(
    Type.Object({
      release: Type.Union([Type.Literal('from'), Type.Literal('to')]),
      file: Type.String(),
      reason: Type.String(),
    }),
  ),
  sizes: Type.Object({
    from: Type.Integer({ description: 'bytes of distinct layers, compressed' }),
    to: Type.Integer(),
    shared: Type.Integer(),
    fresh: Type.Integer({ description: 'what a client that has the earlier release must fetch' }),
    images: Type.Array(
      Type.Object({
        name: Type.String(),
        from: Nullable(Type.Integer()),
        to: Nullable(Type.Integer()),
        fresh: Type.Integer(),
      }),
    ),
  }),
  packages: Nullable(PackageChangesView),
});
export type ComparisonView = Static<typeof ComparisonView>;

/** A release's comparison, and the releases it can be compared with. */
export const ReleaseChangelogView = Type.Object({
  name: Type.String(),
  others: Type.Array(Type.String({ description: 'releases with a payload, newest first' })),
  comparison: Nullable(ComparisonView),
});
export type ReleaseChangelogView = Static<typeof ReleaseChangelogView>;

export const ReleaseContentsView = Type.Object({
  name: Type.String(),
  /** Its files are given out one by one. */
  published: Type.Boolean(),
  files: Type.Array(
    Type.Object({
      name: Type.String(),
      sizeBytes: Type.Integer(),
      objects: Type.Array(
        Type.Object({
          apiVersion: Type.String(),
          kind: Type.String(),
          namespace: Type.String(),
          name: Type.String(),
        }),
      ),
      unreadable: Nullable(Type.String()),
    }),
  ),
  sizes: Type.Object({
    layers: Type.Integer({ description: 'distinct ones' }),
    bytes: Type.Integer({ description: 'of distinct layers, compressed' }),
    bases: Type.Integer({ description: 'different lowest layers' }),
    images: Type.Array(
      Type.Object({
        name: Type.String(),
        layers: Type.Integer(),
        bytes: Type.Integer(),
        unique: Type.Integer({ description: 'bytes in layers that no other image has' }),
        base: Type.Integer({ description: 'number of the lowest layer, in order of appearance' }),
      }),
    ),
  }),
});
export type ReleaseContentsView = Static<typeof ReleaseContentsView>;
