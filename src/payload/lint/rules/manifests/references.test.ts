import { digest, pullSpec } from '../../../testing/facts.ts';
import { configMap, INCLUDED } from '../../../testing/images.ts';
import { deployment, object, one, testRules } from '../../../testing/rules.ts';
import { REFERENCES } from './references.ts';

/** A CRD that says in its schema what this says; `rest` are further lines of the field. */
const described = (text: string, rest = '') =>
  object(
    'CustomResourceDefinition',
    'apiextensions.k8s.io/v1',
    `spec:\n  group: a\n  versions:\n  - name: v1\n    schema:\n      openAPIV3Schema:\n        description: ${JSON.stringify(text)}\n        properties:\n          image:\n            pattern: ${JSON.stringify(text)}\n${rest}`,
  );
const DASHBOARD = '{"legendFormat": "{{instance}} {{ node }}", "title": "{{ $labels.x }}"}';

testRules('references', REFERENCES, {
  M211: {
    bad: [
      ['error', one(configMap('a1', 'placeholder.url.oc.will.replace.this.org/placeholdernamespace:x'))],
      ['error', one(configMap('a1', 'quay.io/openshift/origin-cli:latest'))],
      ['error', one(configMap('a1', '0.0.1-snapshot'))],
      ['error', one(deployment('        args: [--version=v0.0.1-snapshot]\n'))],
      ['error', one(configMap('a1', '{{.ReleaseImage}}'))],
      ['error', one(configMap('a1', '{{index .Images `cli`}}'))],
      ['error', one(configMap('a1', '{{ if eq .ClusterProfile `x` }}'))],
      ['error', one(configMap('a1', 'quay.io/x/y:latest'))],
      ['error', one(object('ConfigMap', 'v1', 'data:\n  a: |\n    image: localhost:5000/y:latest\n'))],
      ['error', one(described('An image.', '            default: quay.io/x/y:latest\n'))],
    ],
    good: [
      one(`# quay.io/openshift/origin-cli\n${configMap('a1', '10.0.1-snapshot')}`),
      // Forms of real releases: alerts, dashboards, schemas, image streams.
      one(
        object(
          'PrometheusRule',
          'monitoring.coreos.com/v1',
          `spec: {groups: [{rules: [{alert: A, annotations: {description: "{{ $labels.node }} has {{ $value }}, {{ with $labels.x }}{{ . }}{{ end }}"}}]}]}\n`,
        ),
      ),
      one(object('ConfigMap', 'v1', `data: {dashboard.json: ${JSON.stringify(DASHBOARD)}}\n`)),
      one(described('Names docker.io/library/busybox:latest (not busybox:latest).')),
      one(configMap('a1', 'image-registry.openshift-image-registry.svc:5000/openshift/php:latest php:latest')),
      one(deployment('        image: quay.io/x/y:latest\n', [INCLUDED, 'release.openshift.io/delete: "true"'])),
      // No cluster gets it: the operator of hosted control planes fills in its images.
      one(deployment('        image: quay.io/openshift/origin-cli:latest\n', ['a: b'])),
    ],
  },
  M212: {
    bad: [
      ['error', one(deployment('        image: quay.io/other/x:1\n'))],
      [
        'error',
        one(
          deployment(
            `        image: ${pullSpec('cluster-version-operator')}\n        env: [{name: CLI_IMAGE, value: "quay.io/other/x:1"}]\n`,
          ),
        ),
      ],
      ['error', one(configMap('a1', `quay.io/other/x@${digest('x')}`))],
      ['error', one(configMap('a1', 'see registry.redhat.io/ubi9/ubi for more'))],
      ['error', one(deployment('        env: [{name: OPERAND_IMAGE, value: quay.io/a/b}]\n'))],
      ['error', one(deployment('        env: [{name: RELATED_IMAGE_B, value: quay.io/a/b}]\n'))],
      ['error', one(object('ConfigMap', 'v1', `data: {images.json: '{"cli": "quay.io/other/x:1"}'}\n`))],
      ['error', one(described('An image.', '            default: registry.redhat.io/product/repo\n'))],
      // In other forms: YAML, a JSON list, a script; arguments, whole or behind a flag; a list in a variable; a volume.
      ['error', one(object('ConfigMap', 'v1', 'data:\n  images.yaml: |\n    foo: ghcr.io/in/yaml:v1\n    bar: x\n'))],
      ['error', one(object('ConfigMap', 'v1', `data: {list: '["ghcr.io/in/list:v1"]'}\n`))],
      [
        'error',
        one(object('ConfigMap', 'v1', 'data:\n  run.sh: |\n    podman run docker://ghcr.io/in/script:v1 --help\n')),
      ],
      ['error', one(deployment('        args: ["--image=ghcr.io/arg/img:v3"]\n'))],
      ['error', one(deployment('        args: [--cli-image=ghcr.io/arg/img]\n'))],
      ['error', one(deployment('        args: [-image, docker.io/library/busybox:1.36]\n'))],
      ['error', one(deployment(`        command: [x, "--img=quay.io/zzz/yyy@${digest('x')}"]\n`))],
      ['error', one(deployment('        env: [{name: LIST, value: "ghcr.io/a/b:v1,ghcr.io/a/c:v2"}]\n'))],
      ['error', one(deployment('      volumes: [{name: a, image: {reference: ghcr.io/a/b:v1}}]\n'))],
    ],
    good: [
      // No images: a URL, a file of a host, labels, ports, a comment, prose.
      one(configMap('a1', 'https://example.com/x:8080/y:1 /etc/example.com/x:1 git@github.com/a/b:c localhost:8080')),
      one(configMap('a1', 'kubernetes.io/os: linux')),
      one(deployment('        args: ["--url=https://example.com:6443/a/b:c", "--listen=0.0.0.0:8443"]\n')),
      one(object('ConfigMap', 'v1', 'data:\n  run.sh: |\n    true # as ghcr.io/in/script:v1\n')),
      one(object('ConfigMap', 'v1', `data: {a.json: '{"description": "see ghcr.io/in/list:v1"}'}\n`)),
      one(object('ConfigMap', 'v1', `data:\n  images.yaml: |\n    foo: ${pullSpec('stream-coreos')}\n`)),
      one(described('For example registry.redhat.io/product/repo, or quay.io/openshift-release-dev/ocp-release.')),
      one(object('ConfigMap', 'v1', `data: {images.json: '{"os": "${pullSpec('stream-coreos')}"}', b.json: '{{'}\n`)),
      one(deployment('        env: [{name: URL, value: docs.example.com/a/b}, {name: IMAGE_POLICY, value: Always}]\n')),
      one(deployment(`        image: ${pullSpec('cluster-version-operator')}\n`)),
      one(configMap('a1', 'https://example.com/x')),
    ],
  },
  M213: {
    bad: [
      ['warning', one(deployment('        args: ["--images=quay.io/openshift/x:1,quay.io/openshift/y:1"]\n'))],
      // A flow collection goes on behind it.
      ['warning', one(deployment('        env: [{name: LIST, value: quay.io/openshift/y:1}]\n'))],
      ['warning', one(configMap('a1', 'one=quay.io/openshift/x:1;two'))],
      ['warning', one(object('ConfigMap', 'v1', 'data: {a: "x: quay.io/openshift/x:1\\n"}\n'))],
      ['warning', one(configMap('a1', `${pullSpec('cluster-version-operator')} quay.io/openshift/y:1`))],
    ],
    good: [
      one(configMap('a1', `${pullSpec('stream-coreos')},${pullSpec('cluster-version-operator')}`)),
      one(configMap('a1', 'one, two: three.example.com:80')),
      // These are replaced: before the end of a line, before a quote, behind a comma and a blank.
      one(
        object(
          'ConfigMap',
          'v1',
          'data:\n  images.yaml: |\n    foo: ghcr.io/in/yaml:v1\n    bar: ghcr.io/in/yaml:v2\n',
        ),
      ),
      one(object('ConfigMap', 'v1', `data:\n  list: '["ghcr.io/in/list:v1", "ghcr.io/in/list:v2"]'\n`)),
      one(
        deployment(
          `        env: [{name: LIST, value: "${pullSpec('cluster-version-operator')}, quay.io/openshift/y:1"}]\n`,
        ),
      ),
    ],
  },
});
