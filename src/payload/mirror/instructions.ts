import { stringify } from 'yaml';
import { compareBytes } from '../text/index.ts';

/** `idms` and `itms` are today's; `icsp` is what clusters before 4.13 know. */
export type InstructionKind = 'idms' | 'icsp' | 'itms';

export interface MirrorSources {
  /** Repositories that pull specs name. */
  readonly sources: readonly string[];
  /** Where a cluster shall pull from instead. */
  readonly mirrors: readonly string[];
}

interface Kind {
  readonly apiVersion: string;
  readonly kind: string;
  /** Field of `spec` that holds the list. */
  readonly field: string;
  /** Field of install-config.yaml, where there is one: an installer mirrors by digest only. */
  readonly install?: string;
}

const KINDS: Readonly<Record<InstructionKind, Kind>> = {
  idms: {
    apiVersion: 'config.openshift.io/v1',
    kind: 'ImageDigestMirrorSet',
    field: 'imageDigestMirrors',
    install: 'imageDigestSources',
  },
  icsp: {
    apiVersion: 'operator.openshift.io/v1alpha1',
    kind: 'ImageContentSourcePolicy',
    field: 'repositoryDigestMirrors',
    install: 'imageContentSources',
  },
  itms: { apiVersion: 'config.openshift.io/v1', kind: 'ImageTagMirrorSet', field: 'imageTagMirrors' },
};

/** oc sorts by comparing the wrong side, so that the order differs from run to run (payload format § 1.12, B10). */
function entries({ sources, mirrors }: MirrorSources) {
  return [...new Set(sources)].sort(compareBytes).map((source) => ({ mirrors: [...mirrors], source }));
}

const yaml = (value: unknown): string => stringify(value, { indentSeq: false, lineWidth: 0 });

/** The object that makes a running cluster pull from the mirror. */
export function mirrorManifest(kind: InstructionKind, sources: MirrorSources, name = 'example'): string {
  const { apiVersion, kind: object, field } = KINDS[kind];
  return yaml({ apiVersion, kind: object, metadata: { name }, spec: { [field]: entries(sources) } });
}

/**
 * What to do with a mirror, as `oc adm release mirror --print-mirror-instructions` words it: the section for
 * install-config.yaml and the object for upgrades (payload format § 2.6).
 */
export function mirrorInstructions(kind: 'idms' | 'icsp', sources: MirrorSources, signatureFolder?: string): string {
  const { kind: object, install = '' } = KINDS[kind];
  const apply =
    signatureFolder === undefined
      ? ''
      : `To apply signature configmaps use 'oc apply' on files found in ${signatureFolder}\n\n`;
  return [
    '\nTo use the new mirrored repository to install, add the following section to the install-config.yaml:\n',
    yaml({ [install]: entries(sources) }),
    `\nTo use the new mirrored repository for upgrades, use the following to create an ${object}:\n`,
    `${mirrorManifest(kind, sources)}\n\n${apply}`,
  ].join('\n');
}
