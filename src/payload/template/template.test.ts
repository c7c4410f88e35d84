import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import type { JsonValue } from '../text/json-value.ts';
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
const escaped = (text: string) => text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&');
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
  '{"\\u00fc\\x41\\101\\n"}',
  '{.clusters[?(@.name=="\\u006fne")].name}',
  "{.clusters[0]['na\\me']}",
  '{.clusters[-1:].name} {.clusters[:-1].name} {.clusters[0:2:2].name}',
  '{.clusters[7:7].name}{.users[0:]}{.nope[3]}',
];

/** What kubectl finds wrong with lists, in its words. */
const OUTSIDE: readonly (readonly [path: string, reason: string])[] = [
  ['{.clusters[7].name}', 'array index out of bounds: index 7, length 2'],
  ['{.clusters[-3].name}', 'array index out of bounds: index -1, length 2'],
  ['{.clusters[0:7].name}', 'array index out of bounds: index 6, length 2'],
  ['{.clusters[0,9].name}', 'array index out of bounds: index 9, length 2'],
  ['{range .clusters[1:0]}{.name}{end}', 'starting index 1 is greater than ending index 0'],
  ['{.clusters[0:2:0].name}', 'step must be > 0'],
  ['{.clusters[*].name[0]}', 'string is not array or slice'],
  ['{"\\q"}', 'unquote string "\\q" error invalid syntax'],
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
  '{{.nope.deeper.still}}',
  '{{define "a"}}[{{.name}}]{{end}}{{range .clusters}}{{template "a" .}}{{end}}',
  '{{template "late" .kind}}{{define "late"}}<{{.}}>{{end}}',
  '{{define "a"}}{{.x}}|{{$}}{{end}}{{template "a"}}',
  '{{define "a"}}{{end}}{{template "a"}}!{{define "a"}}later{{end}}',
  '{{define "a"}}kept{{end}}{{define "a"}} {{end}}{{template "a"}}',
  '{{block "b" .kind}}<{{.}}>{{end}}{{template "b" "again"}}',
  '{{with .contexts}}{{block `raw` (index . 0)}}{{.name}}{{range .context}}({{.}}){{end}}{{end}}{{end}}',
  '{{define "outer"}}o{{template "inner" .name}}{{end}}{{define "inner"}}i{{.}}{{end}}{{range .clusters}}{{template "outer" .}}{{end}}',
  '{{range .clusters}}{{if eq .name "two"}}{{break}}{{end}}{{.name}}{{end}}!',
  '{{range .clusters}}{{if eq .name "one"}}{{continue}}{{end}}{{.name}}{{else}}none{{end}}!',
  '{{range .clusters}}{{range $.contexts}}{{continue}}x{{end}}{{.name}}{{break}}{{end}}',
  '{{range $i, $c := .clusters}}{{with $c}}{{if $i}}{{break}}{{end}}{{.name}}{{end}}{{end}}',
  '{{range .users}}x{{else}}{{template "e" .kind}}{{end}}{{define "e"}}empty {{.}}{{end}}',
  '{{define "tree"}}{{.n}}{{with .next}}>{{template "tree" .}}{{end}}{{end}}{{template "tree" .}}',
];

/** What Go refuses when it reads a template, or when it renders one. */
const REFUSED = [
  '{{define "a"}}x{{end}}{{define "a"}}y{{end}}',
  '{{block "a" .}}x{{end}}{{block "a" .}}y{{end}}',
  '{{if true}}{{define "q"}}x{{end}}{{end}}',
  '{{block "b"}}x{{end}}',
  '{{define "b"}}x{{else}}y{{end}}',
  '{{define b}}x{{end}}',
  '{{define "b" .}}x{{end}}',
  '{{template .kind}}',
  '{{break}}',
  '{{range .clusters}}{{block "b" .}}{{break}}{{end}}{{end}}',
  '{{continue 1}}',
  '{{template "zz"}}',
  '{{define "r"}}{{template "r" .}}{{end}}{{template "r" .}}',
  '{{.users.x}}',
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

  it('JSONPath refuses what is not there in a list, in the words of kubectl', { skip: missing }, () => {
    for (const [path, reason] of OUTSIDE) {
      assert.throws(() => kubectl(`jsonpath=${path}`), { message: new RegExp(escaped(reason)) }, path);
      assert.throws(
        () => renderJsonPath(parseJsonPath(path), document()),
        { code: 'PAYLOAD_JSONPATH_INVALID', message: new RegExp(escaped(reason)) },
        path,
      );
    }
  });

  it('Go templates say what kubectl says', { skip: missing }, () => {
    for (const text of TEMPLATES)
      assert.equal(renderGoTemplate(parseGoTemplate(text), document()), kubectl(`go-template=${text}`), text);
  });

  it('Go refuses the same ones', { skip: missing }, () => {
    for (const text of REFUSED) {
      assert.throws(() => kubectl(`go-template=${text}`), text);
      assert.throws(
        () => renderGoTemplate(parseGoTemplate(text), document()),
        { code: 'PAYLOAD_TEMPLATE_INVALID' },
        text,
      );
    }
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
      '{{define "x"}}',
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
