// usage: node pull.mjs IMAGE-REFERENCES    prints `NAME<TAB>PROBLEM` for the release image and every image it names.
//
// Before a release is public its images are in a staging repository (CONTENT_REPOSITORY), while image-references
// already names the public one; digests are the same. REGISTRY_AUTHORIZATION opens the staging repository.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';

const { REGISTRY_URL, REGISTRY_AUTHORIZATION, CONTENT_REPOSITORY, RELEASE_IMAGE_LATEST } = process.env;
const MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json';
const ACCEPT = [MANIFEST, 'application/vnd.oci.image.manifest.v1+json'].join(', ');

async function ask(method, repository, path, headers = {}) {
  const url = new URL(`/v2/${repository}/${path}`, REGISTRY_URL);
  const response = await fetch(url, { method, headers: { ...headers, ...(REGISTRY_AUTHORIZATION ? { authorization: REGISTRY_AUTHORIZATION } : {}) } });
  if (!response.ok) throw new Error(`${method} ${url.pathname} answers ${response.status}`);
  return response;
}

async function pull(pullSpec, repository) {
  const [name, digest] = pullSpec.split('@');
  if (digest === undefined) throw new Error(`${pullSpec} is not by digest`);
  const from = repository ?? name.slice(name.indexOf('/') + 1);
  const bytes = new Uint8Array(await (await ask('GET', from, `manifests/${digest}`, { accept: ACCEPT })).arrayBuffer());
  const found = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  if (found !== digest) throw new Error(`the manifest asked for as ${digest} is ${found}`);
  const manifest = JSON.parse(new TextDecoder().decode(bytes));
  for (const blob of [manifest.config, ...manifest.layers]) {
    const size = (await ask('HEAD', from, `blobs/${blob.digest}`)).headers.get('content-length');
    if (size !== String(blob.size)) throw new Error(`blob ${blob.digest} has ${size} bytes, the manifest says ${blob.size}`);
  }
}

const { spec } = JSON.parse(await readFile(process.argv[2], 'utf8'));
const images = [['release image', RELEASE_IMAGE_LATEST, undefined], ...spec.tags.map((tag) => [tag.name, tag.from.name, CONTENT_REPOSITORY])];
for (const [name, pullSpec, repository] of images) {
  const problem = await pull(pullSpec, repository).then(
    () => '',
    (error) => `${error.message}${error.cause?.message ? `: ${error.cause.message}` : ''}`,
  );
  process.stdout.write(`${name}\t${problem}\n`);
}
