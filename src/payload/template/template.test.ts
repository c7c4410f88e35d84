import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import type { JsonValue } from '../manifest/types.ts';
import { parseGoTemplate, renderGoTemplate } from './go-template.ts';
import { jsonPathValues, parseJsonPath, renderJsonPath } from './jsonpath.ts';

/** A document that kubectl prints without a cluster: its own configuration. */
const CONFIG = {
  kind: 'Config',
  apiVersion: 'v1',
  preferences: {},
  clusters: [
    {
      name: 'one',
      cluster: { server: 'https://one:6443', extensions: [{ name: 'a.b/c', extension: { count: 3, big: 12345678 } }] },
    },
    { name: 'two', cluster: { server: 'https://two:6443' } },
  ],
  users: [],
  contexts: [{ name: 'x<y', context: { cluster: 'one', user: 'u', namespace: 'n' } }],
  'current-context': 'x<y',
};
const FOLDER = mkdtempSync(join(tmpdir(), 'slipway-template-'));
const FILE = join(FOLDER, 'config');
writeFileSync(FILE, JSON.stringify(CONFIG));
after(() => rmSync(FOLDER, { recursive: true, force: true }));

const missing = spawnSync('kubectl', ['version', '--client']).error === undefined ? false : 'kubectl is not installed';
function kubectl(output: string): string {
  return execFileSync('kubectl', ['config', 'view', `--kubeconfig=${FILE}`, '-o', output], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}
const document = (): JsonValue => JSON.parse(kubectl('json'));

const JSONPATHS = [
  '{.kind}',
  'text {.kind}\\n',
  '{.clusters[*].name}',
  '{.clusters[0].name} {.clusters[-1].name}',
  '{.clusters[0:1].name}',
  "{.clusters[*]['name']}",
  '{.clusters[?(@.name=="two")].cluster.server}',
  '{.clusters[?(@.name!="two")].cluster.server}',
  '{range .clusters[*]}{.name}{"\\t"}{.cluster.server}{"\\n"}{end}',
  '{..server}',
  '{.clusters[0].cluster}',
  '{.nope}|{.clusters[0].nope.deeper}',
  '{$.kind}',
  "{.clusters[0]['name','cluster']}",
  '{.current-context}',
  '{.clusters[?(@.cluster.extensions)].name}',
  '{.clusters[0].cluster.extensions[0].extension.count}',
  '{.clusters[0,1].name}',
  '{.clusters[0].cluster.extensions[0].extension}{..big}',
];

const TEMPLATES = [
  '{{.kind}}',
  '{{ range .clusters }}{{ .name }}={{ .cluster.server }} {{ end }}',
  '{{range $i, $c := .clusters}}{{$i}}:{{$c.name}}:{{$.kind}}\n{{end}}',
  '{{if .users}}users{{else}}none{{end}}',
  '{{if eq .kind "Config"}}yes{{else if eq .kind "x"}}no{{end}}',
  '{{with .contexts}}{{len .}}{{end}}',
  '{{(index .clusters 1).name}}{{printf "%-5s|%5s|%q|%v" "a" "b" "c" 3}}',
  '{{.nope}}',
  'a {{- /* comment */ -}} b {{- " c" }}',
  '{{range .users}}x{{else}}empty{{end}}',
  '{{$x := "a"}}{{range .clusters}}{{$x = .name}}{{end}}{{$x}}',
  '{{index . "current-context" | printf "%s!"}}',
  '{{.clusters}}',
  '{{and .kind .nope}} {{or .nope .kind}} {{not .nope}} {{ne 1 2}} {{lt 1 2}} {{gt "a" "b"}}',
  '{{range $k, $v := (index .contexts 0).context}}{{$k}}={{$v}};{{end}}',
  '{{println "a" 1}}{{print "a" "b"}}{{`raw "text"`}}',
  '{{"aGVsbG8=" | base64decode}}',
  '{{ (index (index .clusters 0).cluster.extensions 0).extension.big }}',
];

describe('templates', () => {
  it('JSONPath says what kubectl says', { skip: missing }, () => {
    for (const text of JSONPATHS)
      assert.equal(renderJsonPath(parseJsonPath(text), document()), kubectl(`jsonpath=${text}`), text);
    assert.deepEqual(
      jsonPathValues(parseJsonPath('{.clusters[*].name}'), document()),
      JSON.parse(kubectl('jsonpath-as-json={.clusters[*].name}')),
    );
  });

  it('Go templates say what kubectl says', { skip: missing }, () => {
    for (const text of TEMPLATES)
      assert.equal(renderGoTemplate(parseGoTemplate(text), document()), kubectl(`go-template=${text}`), text);
  });

  it('that can not be read are refused with what is wrong', () => {
    for (const text of ['{.a', '{range .a}', '{end}', '{.a[}', '{.a[?(]}', '{.a b}'])
      assert.throws(() => parseJsonPath(text), { code: 'PAYLOAD_JSONPATH_INVALID' }, text);
    for (const text of [
      '{{.a',
      '{{end}}',
      '{{if .a}}',
      '{{nope .a}}',
      '{{(.a}}',
      '{{.a | }}',
      '{{define "x"}}{{end}}',
      '{{if .a}}{{else}}{{else}}{{end}}',
    ])
      assert.throws(() => parseGoTemplate(text), { code: 'PAYLOAD_TEMPLATE_INVALID' }, text);
    for (const text of [
      '{{.a.b.c}}',
      '{{index .list 7}}',
      '{{range .text}}{{end}}',
      '{{$x}}',
      '{{lt 1 "a"}}',
      '{{.a "b"}}',
    ])
      assert.throws(
        () => renderGoTemplate(parseGoTemplate(text), { a: 'text', list: [], text: 'x' }),
        { code: 'PAYLOAD_TEMPLATE_INVALID' },
        text,
      );
  });
});
