import { at, isObject, listAt, type Manifest, textAt } from '../../../manifest/index.ts';
import type { JsonValue } from '../../../text/index.ts';
import { appliedOf, nameOf } from '../../objects.ts';
import type { LintRule } from '../../types.ts';
import { problem } from '../problem.ts';

const MANAGEMENT = 'target.workload.openshift.io/management';
const REQUIRED_SCC = 'openshift.io/required-scc';

/**
 * What OpenShift's conventions ask of a workload of the control plane, and this one lacks; what payload format § 4.4 calls
 * informational apart, and requests, which it does not name.
 */
function lacks(manifest: Manifest): Readonly<Record<'warning' | 'info', readonly string[]>> {
  const template = at(manifest.object, 'spec', 'template');
  const annotations = at(template, 'metadata', 'annotations');
  const annotated = (key: string): boolean => isObject(annotations) && annotations[key] !== undefined;
  const containers = listAt(template, 'spec', 'containers');
  const unrequested = containers.filter((container) => !isObject(at(container, 'resources', 'requests')));
  const limited = containers.filter((container) => isObject(at(container, 'resources', 'limits')));
  const named = (some: readonly JsonValue[]): string =>
    some.map((container) => `"${textAt(container, 'name')}"`).join(', ');
  return {
    warning: [
      ...(textAt(template, 'spec', 'priorityClassName') === '' ? ['has no priorityClassName'] : []),
      ...(annotated(REQUIRED_SCC) ? [] : [`has no annotation ${REQUIRED_SCC}`]),
      ...(annotated(MANAGEMENT) ? [] : [`has no annotation ${MANAGEMENT}`]),
      ...(limited.length > 0 ? [`limits the resources of ${named(limited)}`] : []),
    ],
    info: [
      ...(unrequested.length > 0 ? [`requests no resources for ${named(unrequested)}`] : []),
      ...(Number(at(manifest.object, 'spec', 'replicas') ?? 1) > 1 && !spreads(template)
        ? ['has several replicas that may all run on one node']
        : []),
    ],
  };
}

function spreads(template: JsonValue | undefined): boolean {
  return (
    isObject(at(template, 'spec', 'affinity', 'podAntiAffinity')) ||
    listAt(template, 'spec', 'topologySpreadConstraints').length > 0
  );
}

/** How workloads run. */
export const WORKLOADS: readonly LintRule[] = [
  {
    id: 'M214',
    title: 'workloads follow the conventions of the control plane',
    *check(facts) {
      for (const manifest of appliedOf(facts)) {
        if (manifest.group !== 'apps' || manifest.kind !== 'Deployment') continue;
        const missing = lacks(manifest);
        for (const severity of ['warning', 'info'] as const) {
          if (missing[severity].length > 0)
            yield problem(severity, manifest, `${nameOf(manifest)} ${missing[severity].join('; ')}.`, 'spec.template');
        }
      }
    },
  },
];
