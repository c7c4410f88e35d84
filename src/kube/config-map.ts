import { Type } from 'typebox';
import { parserOf, readJson, SlipwayError } from '../util/index.ts';
import type { KubeConnection } from './kubeconfig.ts';
import { type KubeAnswer, kubeRequest } from './request.ts';

/** One segment of a path; `.` and `..` are none, however they are written (WHATWG URL, § 4.4). */
const Segment = Type.String({ pattern: '^(?!\\.{1,2}$).+$' });
const parseConfigMap = parserOf(
  Type.Object({
    kind: Type.Literal('ConfigMap'),
    metadata: Type.Object({ name: Segment, namespace: Segment }),
  }),
  'KUBE_OBJECT_INVALID',
);
const parseStatus = parserOf(Type.Object({ message: Type.String() }), 'KUBE_OBJECT_INVALID');

/** What the API server says of a refusal. */
function reasonOf({ status, body }: KubeAnswer): string {
  try {
    return `${status}: ${parseStatus(readJson(body)).message}`;
  } catch {
    // Something in front of the API server answered, in another language.
    return String(status);
  }
}

/**
 * Creates a ConfigMap in its own namespace; one that is there is replaced with `overwrite` only, as
 * `oc adm release mirror --apply-release-image-signature` does. Throws `KUBE_CONFLICT`, `KUBE_REFUSED`,
 * `KUBE_UNREACHABLE`.
 */
export async function applyConfigMap(
  connection: KubeConnection,
  json: string,
  { overwrite }: { readonly overwrite: boolean },
): Promise<{ readonly name: string; readonly done: 'created' | 'configured' }> {
  const { name, namespace } = parseConfigMap(readJson(json)).metadata;
  const place = { file: connection.server, field: `configmap ${namespace}/${name}` };
  const list = `/api/v1/namespaces/${encodeURIComponent(namespace)}/configmaps`;
  const itself = `${list}/${encodeURIComponent(name)}`;
  const expect = (answer: KubeAnswer): void => {
    if (answer.status >= 200 && answer.status < 300) return;
    if (answer.status === 409)
      throw new SlipwayError('KUBE_CONFLICT', `the cluster has the ConfigMap already (${reasonOf(answer)}).`, {
        place,
        hint: '--overwrite replaces it.',
      });
    throw new SlipwayError('KUBE_REFUSED', `the API server answers ${reasonOf(answer)}.`, {
      place,
      ...(answer.status === 401 ? { hint: 'The credentials have expired: log in again.' } : {}),
      ...(answer.status === 403 ? { hint: `The user must be able to write ConfigMaps of ${namespace}.` } : {}),
    });
  };
  if (overwrite) {
    const there = await kubeRequest(connection, itself);
    if (there.status !== 404) {
      expect(there);
      expect(await kubeRequest(connection, itself, { method: 'PUT', body: json }));
      return { name, done: 'configured' };
    }
  }
  expect(await kubeRequest(connection, list, { method: 'POST', body: json }));
  return { name, done: 'created' };
}
