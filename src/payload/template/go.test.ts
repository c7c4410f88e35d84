import assert from 'node:assert/strict';
import { it } from 'node:test';
import { parseGoTemplate, renderGoTemplate } from './go-template.ts';

const DATA = {
  s: 'héllo "w"\n',
  b: true,
  n: null,
  i: 42,
  neg: -7,
  f: 1.5,
  half: 2.5,
  tiny: -0.000012345,
  large: 123456789.125,
  l: ['a', 1, null, true, 1.25],
  m: { k: 'v', a: { b: [1, 2] } },
  e: [],
  u: "日本\u0001<'&>",
};

/** Templates, and what text/template of Go 1.26 made of them. */
const RENDERED: readonly (readonly [template: string, text: string])[] = [
  [
    '{{printf "%.7s|%7.2s|%-5s|%05s|%x|% X|%#x|%.1x" "sha256:abc" "héllo" "é" "a" "hi" "hi" "hi" "hi"}}',
    'sha256:|     hé|é    |0000a|6869|68 69|0x6869|68',
  ],
  ['{{printf "%q|%+q|%#q|%.2q" .s .u "a b" "héllo"}}', '"héllo \\"w\\"\\n"|"\\u65e5\\u672c\\x01<\'&>"|`a b`|"hé"'],
  ['{{printf "%t|%v|%5t|%d" .b .n .b .b}}', 'true|<nil>| true|%!d(bool=true)'],
  [
    '{{printf "%d|%+d|% d|%05d|%-5d|%.3d|%x|%#X|%o|%#o|%O|%b|%c|%q|%U|%#U|%s" .i .i .i .i .i .i .i .i .i .i .i .i .i .i .i .i .i}}',
    "42|+42| 42|00042|42   |042|2a|0X2A|52|052|0o52|101010|*|'*'|U+002A|U+002A '*'|%!s(int64=42)",
  ],
  ['{{printf "%d|%6.2d|%x|%v" .neg .neg .neg -4}}', '-7|   -07|-7|-4'],
  [
    '{{printf "%.3f|%f|%e|%.1E|%g|%G|%8.2f|%-8.1f|%+.1f|%08.2f" .f .f .f .f .f .f .f .f .f .f}}',
    '1.500|1.500000|1.500000e+00|1.5E+00|1.5|1.5|    1.50|1.5     |+1.5|00001.50',
  ],
  [
    '{{printf "%.0f|%.1f|%g|%e|%v|%.3g|%#g|%v|%v" .half 0.25 .tiny .tiny .large .large .f 1e21 100000.0}}',
    '2|0.2|-1.2345e-05|-1.234500e-05|1.23456789125e+08|1.23e+08|1.50000|1e+21|100000',
  ],
  [
    '{{printf "%x|%X|%b|%.1x|%d" .f .half .f .large .f}}',
    '0x1.8p+00|0X1.4P+01|6755399441055744p-52|0x1.dp+26|%!d(float64=1.5)',
  ],
  [
    '{{printf "%T %T %T %T %T %T %T" .s .i .f .b .n .l .m}}{{printf "%T %T %T" 1 1.0 (len .l)}}',
    'string int64 float64 bool <nil> []interface {} map[string]interface {}int float64 int',
  ],
  [
    '{{printf "%v|%s|%d|%q|%5v" .l .l .l .l .l}}',
    '[a 1 <nil> true 1.25]|[a %!s(int64=1) <nil> %!s(bool=true) %!s(float64=1.25)]|[%!d(string=a) 1 <nil> %!d(bool=true) %!d(float64=1.25)]|["a" \'\\x01\' <nil> %!q(bool=true) %!q(float64=1.25)]|[    a     1 <nil>  true  1.25]',
  ],
  [
    '{{printf "%v|%#v|%+v" .m .m .m}}',
    'map[a:map[b:[1 2]] k:v]|map[string]interface {}{"a":map[string]interface {}{"b":[]interface {}{1, 2}}, "k":"v"}|map[a:map[b:[1 2]] k:v]',
  ],
  [
    '{{printf "%*d|%-*d|%.*f|%[2]*[1]d|%[1]v" 5 .i 5 .i 2 .f}}',
    '   42|42   |1.50|                                         5|5',
  ],
  ['{{printf "%[2]*[1]d|%[3]v|%[9]d|%[x]d" .i 6 .s}}', '    42|héllo "w"\n|%!d(BADINDEX)|%!d(BADINDEX)'],
  [
    '{{printf "%d|%d" 1}}{{printf "%d" 1 .s .n}}{{printf "%z %!" 1}}{{printf "%" }}',
    '1|%!d(MISSING)1%!(EXTRA string=héllo "w"\n, <nil>)%!z(int=1) %!!(MISSING)%!(NOVERB)',
  ],
  ['{{printf "%d %s %v" .nope .nope .nope}}', '%!d(<nil>) %!s(<nil>) <nil>'],
  [
    '{{print 1 2 "a" 3 4.5 .n}}|{{println .l 1.0 "x"}}{{print .nope}}',
    '1 2a3 4.5 <nil>|[a 1 <nil> true 1.25] 1 x\n<nil>',
  ],
  [
    '{{slice .s 0 3}}|{{slice .s 3}}|{{slice .l 1 3}}|{{slice .l}}|{{slice .l 0 1 2}}',
    'hé|llo "w"\n|[1 <nil>]|[a 1 <nil> true 1.25]|[a]',
  ],
  [
    '{{html .u}}|{{html "\\"" 1 2 .n}}|{{js .u}}|{{js "=\\n\\"\\\\"}}|{{urlquery "a b/é&~!" }}|{{urlquery 1 2}}|{{html .nope}}',
    '日本\u0001&lt;&#39;&amp;&gt;|&#34;1 2&lt;no value&gt;|日本\\u0001\\u003C\\\'\\u0026\\u003E|\\u003D\\u000A\\"\\\\|a+b%2F%C3%A9%26~%21|1+2|&lt;no value&gt;',
  ],
  [
    '{{range 3}}{{.}}{{end}}|{{range $i := .m.a.b}}{{$i}}{{end}}|{{range 0}}x{{else}}none{{end}}|{{range $x := 2}}{{$x}}{{end}}|{{range -1}}x{{else}}less{{end}}',
    '012|12|none|01|less',
  ],
  [
    "{{0x10}} {{0b101}} {{0o17}} {{017}} {{1_000}} {{1e3}} {{.5}} {{+3}} {{0x1p4}} {{'a'}} {{'\\n'}} {{'ü'}}",
    '16 5 15 15 1000 1000 0.5 3 16 97 10 252',
  ],
  ['{{"\\x41\\101\\u00fc\\U0001F600\\a"}}{{`\\n`}}', 'AAü😀\u0007\\n'],
  [
    '{{and .nope (index .l 9)}}|{{or .b (index .l 9)}}|{{or .e .n .s}}|{{and 1 2}}|{{0 | or "a"}}',
    '<no value>|true|héllo "w"\n|2|a',
  ],
  [
    '{{eq .i 42}} {{eq .i 1 2 42}} {{eq .s "x"}} {{ne .n .nope}} {{eq .n .nope}} {{lt 1 2}} {{ge "b" "a"}} {{eq .f 1.5}}',
    'true true false false true true true true',
  ],
  ['{{index .s 0}} {{index .m "a" "b" 1}} {{.l | len | printf "%03d"}} {{len .u}} {{index .l 4}}', '104 2 005 11 1.25'],
  ['{{(index .m "a").b}}{{-3}}{{- 3 -}} {{if 0.0}}a{{else}}b{{end}}{{not .e}}', '[1 2]-33btrue'],
];

/** What it refused. */
const REFUSED: readonly string[] = [
  '{{printf .nope}}',
  '{{printf 1}}',
  '{{slice .i 1}}',
  '{{slice .l 3 1}}',
  '{{slice .s 0 1 2}}',
  '{{slice .l 9}}',
  '{{slice}}',
  '{{call .s}}',
  '{{call .nope}}',
  '{{index .l 9}}',
  '{{index .l "a"}}',
  '{{index .m 1}}',
  '{{index .nope 1}}',
  '{{len .i}}',
  '{{len .nope}}',
  '{{eq 1 1.0}}',
  '{{eq .i .s}}',
  '{{eq .l .l}}',
  '{{eq 1}}',
  '{{lt .b .b}}',
  '{{lt 1 1.0}}',
  '{{not}}',
  '{{not 1 2}}',
  '{{html .s | nope}}',
  '{{range $i, $x := 3}}{{end}}',
  '{{range 1.5}}{{end}}',
  '{{range .s}}{{end}}',
  '{{08}}',
  '{{1__0}}',
  '{{1_}}',
  "{{'ab'}}",
  "{{''}}",
  '{{"\\q"}}',
  '{{nil}}',
  '{{.s"b"}}',
  '{{print "a""b"}}',
  '{{print(1)}}',
  '{{99999999999999999999}}',
  '{{3 | 4}}',
  '{{base64decode "%"}}',
  '{{3.x}}',
];

it('templates give what Go makes of them', () => {
  for (const [template, text] of RENDERED)
    assert.equal(renderGoTemplate(parseGoTemplate(template), DATA), text, template);
});

it('what Go refuses is refused', () => {
  for (const template of REFUSED)
    assert.throws(
      () => renderGoTemplate(parseGoTemplate(template), DATA),
      { code: 'PAYLOAD_TEMPLATE_INVALID' },
      template,
    );
});

it('what is not as in Go is refused with what is wrong', () => {
  for (const [template, reason] of [
    ['{{9223372036854775807}}', /is no number that fits/],
    ['{{1i}}', /"i" is not understood/],
    ['{{slice .s 1 2}}', /cuts a character in two/],
    ['{{range 1000000000000}}x{{end}}', /more than 1000000 turns/],
  ] as const)
    assert.throws(() => renderGoTemplate(parseGoTemplate(template), DATA), { message: reason }, template);
});
