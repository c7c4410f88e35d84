import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { generateKey } from 'openpgp';
import { MEDIA } from '../../oci/index.ts';
import { SlipwayError } from '../../util/index.ts';
import { component, digest, type FactsChange, facts, layered, pullSpec, tag, VERSION } from '../testing/facts.ts';
import { configMap, INCLUDED, OPERATOR } from '../testing/images.ts';
import { shared } from '../testing/shared.ts';
import { readFile, trustConfigs } from './facts.ts';
import { formatLint, LINT_RULES, lintFacts } from './lint.ts';

const layer = { mediaType: MEDIA.dockerLayer, digest: digest('l'), size: 1 };
const ociLayer = { ...layer, mediaType: MEDIA.ociLayerGzip };

function object(kind: string, apiVersion: string, rest: string, annotations: readonly string[] = [INCLUDED]): string {
  return `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata:\n  name: test\n  namespace: test\n  annotations:\n${annotations.map((line) => `    ${line}\n`).join('')}${rest}`;
}

const annotated = (...annotations: readonly string[]): string => object('ConfigMap', 'v1', '', annotations);

function deployment(container: string, annotations: readonly string[] = [INCLUDED]): string {
  return object(
    'Deployment',
    'apps/v1',
    `spec:\n  selector: {matchLabels: {a: b}}\n  template:\n    spec:\n      containers:\n      - name: main\n${container}`,
    annotations,
  );
}

const one = (text: string, name = '0000_50_test_01.yaml'): FactsChange => ({ files: { [name]: text } });

const UNREADABLE = new SlipwayError('PAYLOAD_COMPONENT_MISSING', 'component "cli": the registry has no such image.');

/** For each rule what makes it fire, with the severity, and what nearly does but must not. */
const CASES: Readonly<
  Record<
    string,
    {
      readonly bad: readonly (readonly [severity: string, change: FactsChange])[];
      readonly good?: readonly FactsChange[];
    }
  >
> = {
  P001: {
    bad: [
      ['error', { files: {} }],
      ['error', { facts: { base: [] } }],
      ['warning', { facts: { base: undefined } }],
    ],
  },
  P002: {
    bad: [
      ['error', { stream: { name: '4.21.0-okd-scos.0' } }],
      ['error', { labels: { 'io.openshift.release.base-image-digest': digest('cluster-version-operator') } }],
    ],
  },
  P003: {
    bad: [
      ['error', { labels: { 'io.openshift.release': VERSION } }],
      [
        'error',
        { labels: { 'io.openshift.release': VERSION, 'io.openshift.release.base-image-digest': digest('other') } },
      ],
      [
        'warning',
        {
          labels: {
            'io.openshift.release': VERSION,
            'io.openshift.release.base-image-digest': digest('stream-coreos'),
          },
        },
      ],
    ],
  },
  P004: { bad: [['error', { payload: { payloadLayer: 0 } }]] },
  P005: {
    bad: [
      [
        'error',
        {
          image: {
            manifest: {
              schemaVersion: 2,
              config: { mediaType: MEDIA.dockerConfig, digest: digest('c'), size: 1 },
              layers: [ociLayer, layer],
            },
          },
        },
      ],
    ],
    good: [
      {
        image: {
          mediaType: MEDIA.ociManifest,
          manifest: {
            schemaVersion: 2,
            config: { mediaType: MEDIA.ociConfig, digest: digest('c'), size: 1 },
            layers: [ociLayer, ociLayer],
          },
        },
      },
    ],
  },
  P006: {
    bad: [
      [
        'error',
        {
          tags: [
            tag('cluster-version-operator'),
            { ...tag('cli'), from: { kind: 'DockerImage', name: 'quay.io/okd/cli:latest' } },
          ],
        },
      ],
      [
        'error',
        {
          tags: [tag('cluster-version-operator'), tag('cli')],
          facts: { unreadable: [{ name: 'cli', pullSpec: pullSpec('cli'), error: UNREADABLE }] },
        },
      ],
    ],
  },
  P007: {
    bad: [
      [
        'warning',
        {
          payload: {
            images: [
              { name: 'cli', pullSpec: `registry.ci.openshift.org/origin/x@${digest('cli')}`, digest: digest('cli') },
            ],
          },
        },
      ],
    ],
  },
  P008: {
    bad: [
      ['error', { tags: [tag('cli'), tag('cli')] }],
      ['warning', { tags: [tag('etcd'), tag('cli')] }],
    ],
  },
  P009: {
    bad: [
      ['warning', { metadata: { previous: ['4.21'] } }],
      ['warning', { metadata: { previous: ['4.21.1', '4.21.0'] } }],
      ['warning', { metadata: { metadata: { url: 'no url' } } }],
      ['error', { metadata: { metadata: { 'release.openshift.io/architecture': 'multi' } } }],
      ['error', { payload: { listDigest: digest('list') } }],
    ],
    good: [
      { metadata: { previous: ['4.20.0', '4.21.0'], metadata: { url: 'https://okd.io/x' } } },
      {
        metadata: { metadata: { 'release.openshift.io/architecture': 'multi' } },
        payload: {
          listDigest: digest('list'),
          metadata: {
            version: VERSION,
            previous: [],
            next: [],
            metadata: { 'release.openshift.io/architecture': 'multi' },
          },
        },
      },
    ],
  },
  P010: {
    bad: [
      ['warning', { stream: { creationTimestamp: '2027-01-01T00:00:00Z' } }],
      ['warning', { stream: { creationTimestamp: '2026-11-23T05:14:00Z' } }],
    ],
  },
  P011: {
    bad: [['warning', { metadata: { version: '4.21.0' } }]],
    good: [{ metadata: { version: '4.21.0-okd-scos.0' } }],
  },
  I101: {
    bad: [
      ['error', { facts: { components: [component('op', { labels: OPERATOR, manifests: [] })] } }],
      [
        'warning',
        {
          facts: {
            components: [
              component('op', {
                labels: OPERATOR,
                layers: [layer, layer],
                manifests: [layered('a.yaml', configMap('a1'), 0)],
              }),
            ],
          },
        },
      ],
      [
        'warning',
        {
          facts: {
            components: [
              component('op', {
                labels: OPERATOR,
                manifests: [layered('a.yaml', configMap('a1')), layered('sub/b.yaml', configMap('b1'))],
              }),
            ],
          },
        },
      ],
    ],
    good: [
      {
        facts: { components: [component('op', { labels: OPERATOR, manifests: [layered('a.yaml', configMap('a1'))] })] },
      },
    ],
  },
  I104: {
    bad: [
      ['warning', { tags: [tag('stream-coreos', { 'io.openshift.build.commit.id': 'main' })] }],
      ['warning', { tags: [tag('stream-coreos', { 'io.openshift.build.source-location': '' })] }],
    ],
  },
  I105: {
    bad: [
      ['error', { tags: [tag('stream-coreos')] }],
      ['error', { tags: [tag('stream-coreos', { 'io.openshift.build.versions': 'machine-os=10.0.1' })] }],
      ['error', { tags: [tag('stream-coreos', { 'io.openshift.build.versions': 'machine-os' })] }],
      [
        'error',
        {
          tags: [
            tag('a', { 'io.openshift.build.versions': 'kubernetes=1.0.0' }),
            tag('b', { 'io.openshift.build.versions': 'kubernetes=1.0.1' }),
          ],
        },
      ],
    ],
  },
  I106: {
    bad: [
      ['error', { tags: [tag('cli')] }],
      ['error', { tags: [tag('rhel-coreos'), tag('stream-coreos')] }],
      ['info', { tags: [tag('stream-coreos')] }],
    ],
    good: [{ tags: [tag('stream-coreos-10'), tag('stream-coreos-10-extensions')] }],
  },
  I107: { bad: [['warning', { facts: { components: [component('cli', { architecture: 'arm64' })] } }]] },
  M201: {
    bad: [
      ['error', one('a: b: c')],
      ['error', one('apiVersion: v1\nkind: A\nmetadata: {generateName: x}\n')],
      ['error', one('kind: A\nmetadata: {name: abc}\n')],
      ['warning', one('# read me', '0000_50_test_README.md')],
      ['warning', one('# nothing')],
    ],
  },
  M202: {
    bad: [
      ['error', one(`${configMap('a1')}---\n${configMap('a1')}`)],
      ['error', { files: { '0000_50_a_1.yaml': configMap('a1'), '0000_50_b_1.yaml': configMap('a1') } }],
      [
        'error',
        {
          files: {
            '0000_50_a_1.yaml': annotated(INCLUDED, 'release.openshift.io/feature-set: Default,OKD'),
            '0000_50_b_1.yaml': annotated(INCLUDED, 'release.openshift.io/feature-set: OKD'),
          },
        },
      ],
    ],
    good: [
      {
        files: {
          '0000_50_a_1.yaml': annotated(INCLUDED, 'release.openshift.io/feature-set: Default'),
          '0000_50_b_1.yaml': annotated(INCLUDED, 'release.openshift.io/feature-set: OKD'),
        },
      },
      {
        files: {
          '0000_50_a_1.yaml': annotated(INCLUDED, 'release.openshift.io/feature-gate: Gate'),
          '0000_50_b_1.yaml': annotated(INCLUDED, 'release.openshift.io/feature-gate: "-Gate"'),
        },
      },
      {
        files: {
          '0000_50_a_1.yaml': annotated(INCLUDED),
          '0000_50_b_1.yaml': annotated('include.release.openshift.io/hypershift: "true"'),
        },
      },
    ],
  },
  M203: {
    bad: [
      ['error', one('apiVersion: v1\nkind: A\nmetadata: {name: abc}\n')],
      ['error', one(annotated('include.release.openshift.io/hypershift: "True"'))],
      ['warning', one(annotated('include.release.openshift.io/moon: "true"'))],
    ],
    good: [
      one(
        object('FeatureGate', 'config.openshift.io/v1', '', [
          'include.release.openshift.io/hypershift: "false-except-for-the-config-operator"',
        ]),
      ),
    ],
  },
  M204: {
    bad: [
      ['error', one(annotated(INCLUDED, 'release.openshift.io/feature-set: Nope'))],
      ['error', one(annotated(INCLUDED, 'release.openshift.io/feature-set: Default, OKD'))],
      [
        'error',
        one(annotated(INCLUDED, 'release.openshift.io/feature-set: OKD', 'release.openshift.io/feature-gate: A')),
      ],
      ['info', one(annotated(INCLUDED, 'release.openshift.io/feature-set: Default'))],
      [
        'warning',
        {
          files: {
            '0000_50_a_1.yaml': annotated(INCLUDED, 'release.openshift.io/feature-gate: Unknown'),
            '0000_50_a_2.yaml': object(
              'FeatureGate',
              'config.openshift.io/v1',
              'status: {featureGates: [{enabled: [{name: Known}]}]}\n',
            ),
          },
        },
      ],
    ],
    good: [
      {
        files: {
          '0000_50_a_1.yaml': annotated(INCLUDED, 'release.openshift.io/feature-gate: Known'),
          '0000_50_a_2.yaml': object(
            'FeatureGate',
            'config.openshift.io/v1',
            'status: {featureGates: [{disabled: [{name: Known}]}]}\n',
          ),
        },
      },
    ],
  },
  M205: {
    bad: [['error', one(annotated(INCLUDED, 'capability.openshift.io/name: Console+Nope'))]],
    good: [one(annotated(INCLUDED, 'capability.openshift.io/name: Console+Build'))],
  },
  M206: {
    bad: [
      ['error', one(annotated(INCLUDED, 'release.openshift.io/delete: "yes"'))],
      ['error', one(annotated(INCLUDED, 'release.openshift.io/create-only: "false"'))],
      ['warning', one(annotated('release.openshift.io/delete: "true"'))],
    ],
    good: [one(annotated(INCLUDED, 'release.openshift.io/delete: "true"'))],
  },
  M207: {
    bad: [
      ['error', one(configMap('a1'), '0000_test.yaml')],
      ['warning', { files: { '0000_50_a_x.yaml': configMap('a1'), '0000_50_a_x_2.yaml': configMap('b1') } }],
    ],
    good: [one(configMap('a1'), '0000_50_cluster-dns-operator_02_x.yaml')],
  },
  M209: {
    bad: [
      ['error', one(deployment('        env:\n        - name: A\n          value: 1\n'))],
      ['error', one(object('ConfigMap', 'v1', 'data: {a: true}\n'))],
      ['error', one(object('Service', 'v1', 'spec: {ports: [{port: "80"}]}\n'))],
    ],
    good: [
      one(
        deployment(
          '        env:\n        - name: A\n          value: "1"\n        resources: {requests: {cpu: 1, memory: 50Mi}}\n',
        ),
      ),
    ],
  },
  M210: {
    bad: [
      [
        'error',
        one(object('Job', 'batch/v1', 'spec: {manualSelector: true, template: {spec: {containers: [{name: a}]}}}\n')),
      ],
      ['warning', one(object('Job', 'batch/v1', 'spec: {template: {spec: {containers: [{name: a}]}}}\n'))],
      ['error', one(object('PodDisruptionBudget', 'policy/v1beta1', ''))],
    ],
    good: [one(object('PodDisruptionBudget', 'policy/v1', ''))],
  },
  M211: {
    bad: [
      ['error', one(configMap('a1', 'placeholder.url.oc.will.replace.this.org/placeholdernamespace:x'))],
      ['error', one(configMap('a1', 'quay.io/openshift/origin-cli:latest'))],
      ['error', one(configMap('a1', '0.0.1-snapshot'))],
      ['error', one(configMap('a1', '{{.ReleaseImage}}'))],
      ['error', one(configMap('a1', 'quay.io/x/y:latest'))],
    ],
    good: [one(`# quay.io/openshift/origin-cli\n${configMap('a1', 'v0.0.1-snapshot')}`)],
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
    ],
    good: [
      one(deployment(`        image: ${pullSpec('cluster-version-operator')}\n`)),
      one(configMap('a1', 'https://example.com/x')),
    ],
  },
  M215: {
    bad: [
      ['error', one(object('ClusterOperator', 'config.openshift.io/v1', 'status: {relatedObjects: [{name: a}]}\n'))],
      [
        'warning',
        one(
          object(
            'ClusterOperator',
            'config.openshift.io/v1',
            'status: {relatedObjects: [{name: a}], versions: [{name: operator, version: 1.0.0}]}\n',
          ),
        ),
      ],
      [
        'warning',
        one(
          object(
            'ClusterOperator',
            'config.openshift.io/v1',
            `status: {versions: [{name: operator, version: ${VERSION}}]}\n`,
          ),
        ),
      ],
    ],
    good: [
      one(
        object(
          'ClusterOperator',
          'config.openshift.io/v1',
          `status: {relatedObjects: [{name: a}], versions: [{name: operator, version: ${VERSION}}]}\n`,
        ),
      ),
    ],
  },
  M216: {
    bad: [
      ['error', one(object('ConfigMap', 'v1', 'data:\n  key: |\n    -----BEGIN RSA PRIVATE KEY-----\n    x\n'))],
      ['warning', one(object('Secret', 'v1', 'data: {a: eA==}\n'))],
      ['error', one(configMap('a1', 'x'.repeat(1 << 20)))],
    ],
    good: [
      one(object('Secret', 'v1', 'type: Opaque\n')),
      one(object('ConfigMap', 'v1', 'data:\n  key: "-----BEGIN CERTIFICATE-----"\n')),
    ],
  },
  M217: {
    bad: [
      ['error', one(object('ClusterServiceVersion', 'operators.coreos.com/v1alpha1', ''))],
      ['error', one(configMap('a1'), '0000_50_dns_annotations.yaml')],
    ],
    good: [
      one(object('ClusterServiceVersion', 'operators.coreos.com/v1alpha1', ''), '0000_50_olm_08-packageserver.yaml'),
    ],
  },
  M218: {
    bad: [['warning', one(deployment('', [INCLUDED, 'config.openshift.io/inject-proxy: other']))]],
    good: [one(deployment('', [INCLUDED, 'config.openshift.io/inject-proxy: main']))],
  },
};

describe('lint rules', () => {
  for (const [id, { bad, good = [] }] of Object.entries(CASES)) {
    const rules = LINT_RULES.filter((rule) => rule.id === id);
    it(`${id}: ${rules[0]?.title}`, async () => {
      assert.equal(rules.length, 1);
      for (const [severity, change] of bad) {
        const findings = lintFacts(await facts(change), rules);
        assert.ok(
          findings.some((finding) => finding.severity === severity),
          `${severity}: ${JSON.stringify(findings)}`,
        );
      }
      for (const change of [{}, ...good]) assert.deepEqual(lintFacts(await facts(change), rules), []);
    });
  }

  it('every rule is tested', () => {
    const tested = [...Object.keys(CASES), 'T301', 'T302', 'T303'].sort();
    assert.deepEqual(LINT_RULES.map(({ id }) => id).sort(), tested);
  });

  it('findings are printed worst first, with their place', async () => {
    const text = formatLint(
      lintFacts(await facts({ ...one('a: b: c', '0000_50_a_1.yaml'), tags: [tag('stream-coreos')] })),
      'text',
    );
    assert.match(text, /^error {3}I105 /m);
    assert.match(text, /^error {3}M201 0000_50_a_1\.yaml:1: The file is refused: /m);
    assert.match(text, /\d+ errors, \d+ warnings\n$/);
  });
});

async function keyring(type: 'rsa' | 'curve25519', expires?: number): Promise<string> {
  const { publicKey } = await generateKey({
    type,
    ...(type === 'rsa' ? { rsaBits: 2048 } : {}),
    userIDs: [{ name: 'OKD' }],
    date: new Date('2026-11-01T00:00:00Z'),
    ...(expires === undefined ? {} : { keyExpirationTime: expires }),
    format: 'armored',
  } as Parameters<typeof generateKey>[0] & { format: 'armored' });
  return publicKey as unknown as string;
}

function verification(name: string, data: Readonly<Record<string, string>>): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name,
      annotations: {
        'include.release.openshift.io/self-managed-high-availability': 'true',
        'release.openshift.io/verification-config-map': '',
      },
    },
    data,
  });
}

describe('lint rules about trust', () => {
  const run = async (id: string, files: Readonly<Record<string, string>>) =>
    lintFacts(
      await facts({ files }),
      LINT_RULES.filter((rule) => rule.id === id),
    ).map(({ severity, message }) => `${severity}: ${message}`);

  it('T301: exactly one verification ConfigMap', async () => {
    const data = { 'store-a': 'https://a/b', 'verifier-public-key-a': await keyring('rsa') };
    assert.match((await run('T301', {})).join(), /^error: No ConfigMap/);
    const file = (name: string) => ({ [`0000_90_${name}_1.yaml`]: verification(name, data) });
    assert.deepEqual(await run('T301', file('keys')), []);
    assert.match(
      (await run('T301', { ...file('keys'), ...file('more') })).join(),
      /^warning: Only the first verification ConfigMap counts/,
    );
  });

  it('T302: keys that the Cluster Version Operator reads, not expired', async () => {
    const files = (key: string, store = 'https://a/b') => ({
      '0000_90_keys_1.yaml': verification('keys', { 'store-a': store, 'verifier-public-key-a': key }),
    });
    const rsa = await keyring('rsa');
    assert.deepEqual(await run('T302', files(rsa)), []);
    assert.match((await run('T302', files(rsa, 'http://a/b'))).join(), /^warning: The signature store/);
    assert.match(
      (await run('T302', files(await keyring('curve25519')))).join(),
      /^error: A Cluster Version Operator cannot load it/,
    );
    assert.match((await run('T302', files('no key'))).join(), /^error: A Cluster Version Operator cannot load it/);
    assert.match(
      (await run('T302', files(await keyring('rsa', 86_400)))).join(),
      /^error: The key [0-9A-F]{40} \(OKD\) expired/,
    );
    assert.match(
      (await run('T302', files(await keyring('rsa', 60 * 86_400)))).join(),
      /^warning: The key .* expires in \d+ days/,
    );
  });

  it('T303: the keys of OCP are found, those of OKD are not', async (t) => {
    const folder = shared(t, 'keys/');
    if (folder === undefined) return;
    const read = (name: string) => readFileSync(`${folder}${name}_0000_90_cluster-update-keys_configmap.yaml`, 'utf8');
    const found = await run('T303', { '0000_90_keys_1.yaml': read('ocp') });
    assert.ok(found.some((line) => line.startsWith('error: The key 567E347AD0044ADE55BA8A5F199E2F91FD431D51')));
    assert.ok(found.some((line) => line.startsWith('error: The store ')));
    assert.deepEqual(await run('T303', { '0000_90_keys_1.yaml': read('okd') }), []);
    const okd = await trustConfigs(undefined, [
      readFile({
        name: 'k.yaml',
        bytes: readFileSync(`${folder}okd_0000_90_cluster-update-keys_configmap.yaml`),
        mode: 0,
        mtime: 0,
      }),
    ]);
    assert.deepEqual(okd[0]?.keys.length, 4);
  });

  it('T303: a store of OCP is found', async () => {
    const stores = {
      'store-a': 'https://mirror.openshift.com/pub/openshift-v4/signatures/openshift/release',
      'verifier-public-key-a': await keyring('rsa'),
    };
    assert.match(
      (await run('T303', { '0000_90_keys_1.yaml': verification('keys', stores) })).join(),
      /^error: The store/,
    );
  });
});
