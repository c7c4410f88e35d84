import { sha256Hex } from '../../util/index.ts';
import type { ResidueFacts } from '../model/index.ts';
import type { Collector } from './collector.ts';

/**
 * What a subscribed build host leaves in an image (spec audit.md § 2.7). `/etc/rhsm` belongs to packages of open systems
 * too, which bring its configuration and the authority of the CDN: those two are none.
 */
const PLACES: readonly (readonly [RegExp, ResidueFacts['kind']])[] = [
  [/(^|\/)run\/secrets\/.+$/u, 'secret'],
  [/(^|\/)usr\/share\/rhel\/secrets\/.+$/u, 'secret'],
  [
    /(^|\/)etc\/rhsm\/(?!(rhsm|logging)\.conf$|ca\/|pluginconf\.d\/|syspurpose\/valid_fields\.json$).+$/u,
    'subscription',
  ],
  [/(^|\/)etc\/rhsm-host\/.+$/u, 'subscription'],
  [/(^|\/)var\/lib\/rhsm\/.+$/u, 'subscription'],
];

/** Kubernetes mounts these at run time; a build in a pod may leave their mount points. */
const NONE = /(^|\/)run\/secrets\/kubernetes\.io(\/|$)/u;

/** Files, not links: node images have links to where a host's subscription would be. Empty files are mount points. */
export const residueCollector: Collector<'residues'> = {
  sort: 'residues',
  limit: 4 * 1024 * 1024,
  wants: (path, size) => size > 0 && !NONE.test(path) && PLACES.some(([place]) => place.test(path)),
  read(path, content) {
    const kind = PLACES.find(([place]) => place.test(path))?.[1];
    return kind === undefined ? [] : [{ path, kind, sha256: sha256Hex(content) }];
  },
};
