import { rankVersion } from '../../version/index.ts';

/**
 * Keys of the ConfigMap `admin-acks` that a cluster asks for before a minor update, by the minor it leaves
 * (Kubernetes removes API versions in the next one). Each cluster knows its own list, `admin-gates`, which decides.
 */
const GATES: Readonly<Record<string, string>> = {
  '4.8': 'ack-4.8-kube-1.22-api-removals-in-4.9',
  '4.11': 'ack-4.11-kube-1.25-api-removals-in-4.12',
  '4.12': 'ack-4.12-kube-1.26-api-removals-in-4.13',
  '4.13': 'ack-4.13-kube-1.27-api-removals-in-4.14',
  '4.15': 'ack-4.15-kube-1.29-api-removals-in-4.16',
  '4.18': 'ack-4.18-kube-1.32-api-removals-in-4.19',
};

/** What is known to need an acknowledgement when a cluster leaves the minor of `from`. */
export function acknowledgements(from: string, to: string): string[] {
  const [a, b] = [rankVersion(from).minor, rankVersion(to).minor];
  const gate = a === b ? undefined : GATES[a];
  return gate === undefined ? [] : [gate];
}
