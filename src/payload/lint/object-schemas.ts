import { type TSchema, Type } from 'typebox';

/**
 * The parts of the built-in kinds whose type the Cluster Version Operator decodes strictly: a wrong one (a number as an
 * environment variable, a text as replicas) makes its decoder panic (payload format § 4.4, M209). Fields that are not
 * listed may have any form.
 */
const Text = Type.String();
const Texts = Type.Array(Text);
const Strings = Type.Record(Text, Text);
const Int = Type.Integer();
const Flag = Type.Boolean();
const Quantity = Type.Union([Text, Type.Number()]);
const IntOrText = Type.Union([Int, Text]);

/** Every field optional; null counts as left out, as in Go. */
function object(fields: Readonly<Record<string, TSchema>>, required: readonly string[] = []): TSchema {
  const properties = Object.fromEntries(
    Object.entries(fields).map(([name, schema]) => [
      name,
      required.includes(name) ? schema : Type.Optional(Type.Union([schema, Type.Null()])),
    ]),
  );
  return Type.Object(properties);
}

const Metadata = object({ name: Text, namespace: Text, generateName: Text, labels: Strings, annotations: Strings });

const Environment = object({ name: Text, value: Text, valueFrom: object({}) }, ['name']);
const Resources = object({ limits: Type.Record(Text, Quantity), requests: Type.Record(Text, Quantity) });
const Probe = object({
  initialDelaySeconds: Int,
  periodSeconds: Int,
  timeoutSeconds: Int,
  failureThreshold: Int,
  successThreshold: Int,
  httpGet: object({ path: Text, port: IntOrText, scheme: Text }),
  tcpSocket: object({ port: IntOrText }),
  exec: object({ command: Texts }),
});
const Container = object(
  {
    name: Text,
    image: Text,
    imagePullPolicy: Text,
    command: Texts,
    args: Texts,
    workingDir: Text,
    env: Type.Array(Environment),
    ports: Type.Array(object({ name: Text, containerPort: Int, hostPort: Int, protocol: Text }, ['containerPort'])),
    resources: Resources,
    volumeMounts: Type.Array(
      object({ name: Text, mountPath: Text, readOnly: Flag, subPath: Text }, ['name', 'mountPath']),
    ),
    livenessProbe: Probe,
    readinessProbe: Probe,
    startupProbe: Probe,
    securityContext: object({
      privileged: Flag,
      runAsUser: Int,
      runAsNonRoot: Flag,
      readOnlyRootFilesystem: Flag,
      allowPrivilegeEscalation: Flag,
    }),
    terminationMessagePolicy: Text,
  },
  ['name'],
);
const Toleration = object({ key: Text, operator: Text, value: Text, effect: Text, tolerationSeconds: Int });
const Volume = object(
  {
    name: Text,
    configMap: object({
      name: Text,
      optional: Flag,
      defaultMode: Int,
      items: Type.Array(object({ key: Text, path: Text })),
    }),
    secret: object({ secretName: Text, optional: Flag, defaultMode: Int }),
    hostPath: object({ path: Text, type: Text }),
    emptyDir: object({ medium: Text, sizeLimit: Quantity }),
  },
  ['name'],
);
const PodSpec = object(
  {
    containers: Type.Array(Container),
    initContainers: Type.Array(Container),
    volumes: Type.Array(Volume),
    serviceAccountName: Text,
    priorityClassName: Text,
    hostNetwork: Flag,
    hostPID: Flag,
    nodeSelector: Strings,
    tolerations: Type.Array(Toleration),
    restartPolicy: Text,
    dnsPolicy: Text,
    terminationGracePeriodSeconds: Int,
    automountServiceAccountToken: Flag,
  },
  ['containers'],
);
const PodTemplate = object({ metadata: Metadata, spec: PodSpec }, ['spec']);
const Selector = object({
  matchLabels: Strings,
  matchExpressions: Type.Array(object({ key: Text, operator: Text, values: Texts })),
});
const JobSpec = object(
  {
    template: PodTemplate,
    backoffLimit: Int,
    activeDeadlineSeconds: Int,
    completions: Int,
    parallelism: Int,
    manualSelector: Flag,
    selector: Selector,
    ttlSecondsAfterFinished: Int,
  },
  ['template'],
);
const Rule = object(
  { verbs: Texts, apiGroups: Texts, resources: Texts, resourceNames: Texts, nonResourceURLs: Texts },
  ['verbs'],
);
const RoleRef = object({ apiGroup: Text, kind: Text, name: Text }, ['kind', 'name']);
const Subject = object({ kind: Text, apiGroup: Text, name: Text, namespace: Text }, ['kind', 'name']);
const Binding = { roleRef: RoleRef, subjects: Type.Array(Subject) };

function kind(fields: Readonly<Record<string, TSchema>>, required: readonly string[] = []): TSchema {
  return object({ metadata: Metadata, ...fields }, required);
}

/** By `group/kind`. */
export const OBJECT_SCHEMAS: ReadonlyMap<string, TSchema> = new Map<string, TSchema>([
  ['/ConfigMap', kind({ data: Strings, binaryData: Strings, immutable: Flag })],
  ['/Namespace', kind({ spec: object({ finalizers: Texts }) })],
  [
    '/Service',
    kind({
      spec: object({
        type: Text,
        clusterIP: Text,
        selector: Strings,
        sessionAffinity: Text,
        ports: Type.Array(
          object({ name: Text, port: Int, targetPort: IntOrText, nodePort: Int, protocol: Text }, ['port']),
        ),
      }),
    }),
  ],
  [
    '/ServiceAccount',
    kind({
      automountServiceAccountToken: Flag,
      secrets: Type.Array(object({ name: Text })),
      imagePullSecrets: Type.Array(object({ name: Text })),
    }),
  ],
  [
    'apps/Deployment',
    kind(
      {
        spec: object(
          {
            replicas: Int,
            selector: Selector,
            template: PodTemplate,
            minReadySeconds: Int,
            progressDeadlineSeconds: Int,
            revisionHistoryLimit: Int,
            strategy: object({ type: Text, rollingUpdate: object({ maxSurge: IntOrText, maxUnavailable: IntOrText }) }),
          },
          ['selector', 'template'],
        ),
      },
      ['spec'],
    ),
  ],
  [
    'apps/DaemonSet',
    kind(
      {
        spec: object(
          {
            selector: Selector,
            template: PodTemplate,
            minReadySeconds: Int,
            revisionHistoryLimit: Int,
            updateStrategy: object({
              type: Text,
              rollingUpdate: object({ maxSurge: IntOrText, maxUnavailable: IntOrText }),
            }),
          },
          ['selector', 'template'],
        ),
      },
      ['spec'],
    ),
  ],
  ['batch/Job', kind({ spec: JobSpec }, ['spec'])],
  [
    'batch/CronJob',
    kind(
      {
        spec: object(
          {
            schedule: Text,
            suspend: Flag,
            concurrencyPolicy: Text,
            successfulJobsHistoryLimit: Int,
            failedJobsHistoryLimit: Int,
            jobTemplate: object({ metadata: Metadata, spec: JobSpec }, ['spec']),
          },
          ['schedule', 'jobTemplate'],
        ),
      },
      ['spec'],
    ),
  ],
  ['rbac.authorization.k8s.io/ClusterRole', kind({ rules: Type.Array(Rule) })],
  ['rbac.authorization.k8s.io/Role', kind({ rules: Type.Array(Rule) })],
  ['rbac.authorization.k8s.io/ClusterRoleBinding', kind(Binding, ['roleRef'])],
  ['rbac.authorization.k8s.io/RoleBinding', kind(Binding, ['roleRef'])],
  [
    'apiextensions.k8s.io/CustomResourceDefinition',
    kind(
      {
        spec: object(
          {
            group: Text,
            scope: Text,
            names: object(
              { kind: Text, listKind: Text, plural: Text, singular: Text, shortNames: Texts, categories: Texts },
              ['kind', 'plural'],
            ),
            versions: Type.Array(
              object(
                {
                  name: Text,
                  served: Flag,
                  storage: Flag,
                  deprecated: Flag,
                  schema: object({ openAPIV3Schema: object({ type: Text }) }),
                },
                ['name', 'served', 'storage'],
              ),
            ),
            preserveUnknownFields: Flag,
          },
          ['group', 'scope', 'names', 'versions'],
        ),
      },
      ['spec'],
    ),
  ],
  [
    'admissionregistration.k8s.io/ValidatingWebhookConfiguration',
    kind({
      webhooks: Type.Array(
        object(
          { name: Text, failurePolicy: Text, sideEffects: Text, timeoutSeconds: Int, admissionReviewVersions: Texts },
          ['name'],
        ),
      ),
    }),
  ],
  [
    'security.openshift.io/SecurityContextConstraints',
    kind({
      allowPrivilegedContainer: Flag,
      allowHostNetwork: Flag,
      allowHostPorts: Flag,
      allowHostPID: Flag,
      allowHostIPC: Flag,
      readOnlyRootFilesystem: Flag,
      users: Texts,
      groups: Texts,
      volumes: Texts,
      priority: Int,
    }),
  ],
  ['operators.coreos.com/OperatorGroup', kind({ spec: object({ targetNamespaces: Texts, serviceAccountName: Text }) })],
  [
    'image.openshift.io/ImageStream',
    kind({
      spec: object({
        lookupPolicy: object({ local: Flag }),
        tags: Type.Array(object({ name: Text, from: object({ kind: Text, name: Text }) }, ['name'])),
      }),
    }),
  ],
]);
