import assert from 'node:assert/strict';
import { it } from 'node:test';
import { formatImageStream } from './format.ts';
import { parseMappings, readMappingFile } from './mappings.ts';
import { parseImageStream } from './parse.ts';
import { parsePullSpec, repositoryOf } from './pull-spec.ts';
import { resolveTags } from './reference-mode.ts';

const DIGEST = `sha256:${'1'.repeat(64)}`;
const YAML = `kind: ImageStream
apiVersion: image.openshift.io/v1
metadata: {name: "4.21"}
spec:
  tags:
  - name: cli
    annotations: {a: b}
    from: {kind: DockerImage, name: "quay.io/okd/cli@${DIGEST}"}
  - name: moving
    from: {kind: DockerImage, name: "quay.io/okd/moving:latest"}
`;

it('an image stream reads from YAML and is written as Go writes it', () => {
  const stream = parseImageStream(YAML, 'is.yaml');
  const written = formatImageStream(stream);
  assert.match(written, /^\{\n {2}"kind": "ImageStream",\n {2}"apiVersion": "image\.openshift\.io\/v1",/);
  assert.deepEqual(parseImageStream(written, 'again'), stream);
});

it('a file that is no image stream, or has a field of the wrong type, is refused with its place', () => {
  assert.throws(() => parseImageStream('kind: Pod\n', 'x.yaml'), {
    code: 'PAYLOAD_IMAGE_STREAM_INVALID',
    place: { file: 'x.yaml' },
  });
  const wrong = YAML.replace('name: cli', 'name: 7');
  assert.throws(
    () => parseImageStream(wrong, 'x.yaml'),
    (error: { code: string; place: { field: string } }) => {
      assert.equal(error.code, 'PAYLOAD_IMAGE_STREAM_INVALID');
      assert.match(error.place.field, /^spec\.tags/);
      return true;
    },
  );
  assert.throws(() => parseImageStream('a: b: c', 'x.yaml'), {
    code: 'PAYLOAD_YAML_INVALID',
    place: { file: 'x.yaml', line: 1 },
  });
});

it('a tag without an imported image is left out, and said', () => {
  const { tags, skipped } = resolveTags(parseImageStream(YAML, 'is.yaml'), 'source');
  assert.deepEqual([tags.map(({ name }) => name), skipped], [['cli'], ['moving']]);
});

it('the default reference mode needs a public repository', () => {
  assert.throws(() => resolveTags(parseImageStream(YAML, 'is.yaml'), 'public'), { code: 'PAYLOAD_REFERENCE_MODE' });
});

it('pull specs keep port and nested paths', () => {
  const spec = parsePullSpec(`localhost:8080/a/b/c:tag@${DIGEST}`);
  assert.deepEqual(spec, { registry: 'localhost:8080', namespace: 'a', name: 'b/c', tag: 'tag', id: DIGEST });
  assert.equal(repositoryOf(spec), 'localhost:8080/a/b/c');
});

it('a tag may be mapped once', () => {
  assert.throws(() => parseMappings(['a=b', 'a=c']), { message: 'each source tag may only be specified once: a' });
  assert.deepEqual(parseMappings(['a=b', 'b=c']).length, 2);
});

it('a mapping file: words, comments, and errors with their line', () => {
  assert.deepEqual(readMappingFile('a=b c=d # two\n\n# none\ne=f\n', 'm.txt'), ['a=b', 'c=d', 'e=f']);
  assert.throws(() => readMappingFile('a=b\nc\n', 'm.txt'), { place: { file: 'm.txt', line: 2 } });
});

it('takes fields in any case, as oc does, and leaves annotations alone', () => {
  const text =
    'kind: ImageStream\napiVersion: image.openshift.io/v1\nspec:\n  tags:\n  - name: cli\n    annotations: {Name: x}\n    from: {kind: DockerImage, Name: quay.io/openshift/origin-cli}\n';
  const [tag] = parseImageStream(text, 'image-references').tags;
  assert.equal(tag?.from?.name, 'quay.io/openshift/origin-cli');
  assert.deepEqual(tag?.annotations, { Name: 'x' });
  const both = parseImageStream(text.replace('Name: quay', 'name: a, Name: quay'), 'image-references');
  assert.equal(both.tags[0]?.from?.name, 'a');
});
