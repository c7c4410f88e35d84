import { Type } from 'typebox';
import { parserOf, readJson } from '../../util/index.ts';
import type { Collector } from './collector.ts';

/** Image content manifest (ICM), as OSBS and Konflux write it; other JSON beside it has no `content_sets`. */
const parse = parserOf(
  Type.Object({
    metadata: Type.Optional(Type.Object({ image_layer_index: Type.Optional(Type.Integer()) })),
    content_sets: Type.Optional(Type.Array(Type.String())),
    from_dnf_hint: Type.Optional(Type.Boolean()),
  }),
  'AUDIT_CONTENT_MANIFEST_INVALID',
);

const PATH = /(^|\/)(root\/buildinfo\/content_manifests|usr\/share\/buildinfo)\/[^/]+\.json$/u;

export const contentManifestCollector: Collector<'contentManifests'> = {
  sort: 'contentManifests',
  limit: 4 * 1024 * 1024,
  wants: (path) => PATH.test(path),
  read(path, content) {
    const manifest = parse(readJson(content.toString('utf8')), { file: path });
    if (manifest.content_sets === undefined) return [];
    return [
      {
        path,
        contentSets: [...new Set(manifest.content_sets)].sort(),
        layerIndex: manifest.metadata?.image_layer_index ?? null,
        fromDnfHint: manifest.from_dnf_hint ?? false,
      },
    ];
  },
};
