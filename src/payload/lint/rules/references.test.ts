import { digest, pullSpec } from '../../testing/facts.ts';
import { configMap } from '../../testing/images.ts';
import { deployment, one, testRules } from '../../testing/rules.ts';
import { REFERENCES } from './references.ts';

testRules('references', REFERENCES, {
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
  M213: {
    bad: [
      ['warning', one(deployment('        args: ["--images=quay.io/openshift/x:1,quay.io/openshift/y:1"]\n'))],
      [
        'warning',
        one(
          deployment(
            `        env: [{name: LIST, value: "${pullSpec('cluster-version-operator')}, quay.io/openshift/y:1"}]\n`,
          ),
        ),
      ],
      ['warning', one(configMap('a1', 'one=quay.io/openshift/x:1;two'))],
    ],
    good: [
      one(configMap('a1', `${pullSpec('stream-coreos')},${pullSpec('cluster-version-operator')}`)),
      one(configMap('a1', 'one, two: three.example.com:80')),
    ],
  },
});
