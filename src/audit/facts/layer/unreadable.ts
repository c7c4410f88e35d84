import { SlipwayError } from '../../../util/index.ts';
import { emptyLayer, type LayerFacts } from '../../model/index.ts';

/**
 * What is wrong with a layer itself: its bytes are not those that manifest and configuration name, it is no archive that
 * can be unpacked, or the registry says that it does not have it. It would be no better at the next try.
 */
const OF_THE_LAYER: ReadonlySet<string> = new Set([
  'OCI_LAYER_INVALID',
  'OCI_LAYER_TRUNCATED',
  'OCI_BLOB_TRUNCATED',
  'OCI_BLOB_UNKNOWN',
  'OCI_DIGEST_MISMATCH',
  'OCI_TOO_LARGE',
  'AUDIT_LAYER_HOSTILE',
]);

/**
 * Facts of a layer that could not be read: a gap, which no policy calls clean (COV-001). Anything else, as a registry out
 * of reach, says nothing of the layer and is thrown again.
 */
export function unreadableLayer(
  error: unknown,
  layer: Pick<LayerFacts, 'digest' | 'diffId' | 'size' | 'keyring'>,
  deep: boolean,
): LayerFacts {
  if (!(error instanceof SlipwayError) || !OF_THE_LAYER.has(error.code)) throw error;
  const gap = { kind: 'layer' as const, path: layer.digest, code: error.code, message: error.message };
  return { ...emptyLayer(layer, deep), gaps: [gap] };
}
