import type { CompiledGraph, GraphQuery } from '../types.ts';
import type { ExplainCode } from './codes.ts';

interface Subject {
  readonly from: string;
  readonly to: string;
  readonly code: ExplainCode;
  readonly via?: string;
}

/** The channels of one architecture that hold both releases, stable ones first. */
function sharedChannels({ architectures }: CompiledGraph, { from, to }: Subject, { arch }: GraphQuery): string[] {
  const graph = architectures.get(arch);
  const of = (version: string): readonly string[] => graph?.nodes[graph.index.get(version) ?? -1]?.channels ?? [];
  const target = of(to);
  return of(from)
    .filter((name) => target.includes(name))
    .toSorted((a, b) => rank(a) - rank(b));
}

function rank(channel: string): number {
  return ['stable', 'eus', 'fast', 'candidate'].findIndex((kind) => channel.startsWith(kind)) + 1 || 9;
}

/** The exact command to run next. */
export function commandFor(subject: Subject, query: GraphQuery, compiled: CompiledGraph): string {
  const { from, to, code, via } = subject;
  const path = `slipway graph path --from ${from} --to ${to}`;
  switch (code) {
    case 'Recommended':
      return `oc adm upgrade --to=${to}`;
    case 'Conditional':
    case 'NotTested':
    case 'TestFailing':
    case 'TestFlaky':
    case 'AuditOverridden':
    case 'GraphDataError':
      return `oc adm upgrade recommend --version ${to}   # then, if the risk is acceptable: oc adm upgrade --to=${to} --allow-not-recommended`;
    case 'Barrier':
      return `oc adm upgrade --to=${via ?? to}`;
    case 'SourceNotInChannel':
    case 'TargetNotInChannel':
    case 'PreReleaseOnly': {
      const [channel] = sharedChannels(compiled, subject, query);
      return channel === undefined ? path : `oc adm upgrade channel ${channel}`;
    }
    case 'PromotionPending':
      return `${path}   # what is possible today`;
    case 'UnknownVersion':
      return via === undefined ? 'oc get clusterversion version -o yaml' : `slipway graph explain --from ${via}`;
    case 'ArchMissing':
      return `slipway graph explain --from ${from} --arch amd64`;
    case 'NotNewer':
      return `slipway graph explain --from ${from}`;
    default:
      return path;
  }
}
