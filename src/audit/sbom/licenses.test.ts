import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { CALLAWAY } from './callaway.ts';
import { LicenseBook } from './licenses.ts';
import { SPDX_LICENSES } from './spdx-ids.ts';

function expression(tag: string, release = '1.el9'): string | undefined {
  return new LicenseBook().expressionOf(tag, release);
}

test('names of Enterprise Linux 9 become SPDX only where one text is meant', () => {
  for (const [tag, expected] of [
    ['GPLv3+', 'GPL-3.0-or-later'],
    ['ASL 2.0', 'Apache-2.0'],
    ['BSD', 'LicenseRef-Callaway-BSD'],
    ['MIT', 'LicenseRef-Callaway-MIT'],
    ['Public Domain', 'LicenseRef-Callaway-Public-Domain'],
    ['LGPLv2+', 'LicenseRef-Callaway-LGPLv2-plus'],
    ['GPLv2+ with exceptions', 'LicenseRef-Callaway-GPLv2-plus-with-exceptions'],
    // of glibc, bash, db4 and ghostscript
    ['LGPLv2+ and GPLv2+', 'LicenseRef-Callaway-LGPLv2-plus AND GPL-2.0-or-later'],
    ['BSD and LGPLv2 and Sleepycat', 'LicenseRef-Callaway-BSD AND LicenseRef-Callaway-LGPLv2 AND Sleepycat'],
    ['GPLv2+ and (MIT or BSD)', 'GPL-2.0-or-later AND (LicenseRef-Callaway-MIT OR LicenseRef-Callaway-BSD)'],
    ['(GPL+ or Artistic) and Vim', '(GPL-1.0-or-later OR LicenseRef-Callaway-Artistic) AND Vim'],
    ['((ISC))', 'ISC'],
    ['Redistributable, no modification permitted', 'LicenseRef-Callaway-Redistributable-no-modification-permitted'],
  ] as const)
    assert.equal(expression(tag), expected);
});

test('SPDX expressions stay what they are', () => {
  for (const tag of [
    'GPL-2.0-or-later AND LGPL-2.1-or-later WITH GCC-exception-2.0 AND BSD-3-Clause',
    'MIT OR Apache-2.0',
    'GPL-2.0-or-later AND (MIT OR LicenseRef-Fedora-Public-Domain)',
    'Apache-2.0',
    'MPL-2.0+',
  ])
    assert.equal(expression(tag), tag);
  assert.equal(expression('MIT', '3.el10'), 'MIT');
  assert.equal(expression('MIT', '3.fc41'), 'MIT');
  assert.equal(expression('MIT', '3.fc37'), 'LicenseRef-Callaway-MIT');
});

test('what is not understood is a reference with the words of the package, never a guess', () => {
  const book = new LicenseBook();
  assert.equal(book.expressionOf('Commercial', '1.el9'), 'LicenseRef-Commercial');
  assert.equal(book.expressionOf('GPLv2 or (see COPYING', '1.el9'), 'LicenseRef-GPLv2-or-see-COPYING');
  assert.equal(book.expressionOf('MIT OR nothing-known', '1.el10'), 'MIT OR LicenseRef-nothing-known');
  assert.equal(book.expressionOf('GPL-2.0-only WITH made-up', '1.el10'), 'LicenseRef-GPL-2.0-only-WITH-made-up');
  assert.equal(book.expressionOf('BSD 3', '1.el9'), 'LicenseRef-BSD-3');
  assert.equal(book.expressionOf('BSD/3', '1.el9'), 'LicenseRef-BSD-3-2');
  assert.equal(book.expressionOf('???', '1.el9'), 'LicenseRef-unnamed');
  assert.equal(book.expressionOf('  ', '1.el9'), undefined);
  assert.deepEqual(new Map(book.references).get('LicenseRef-BSD-3-2'), 'BSD/3');
});

test('every identifier of the table is one of SPDX', () => {
  for (const [name, id] of CALLAWAY) if (id !== null) assert.ok(SPDX_LICENSES.has(id), `${name}: ${id}`);
});

test('any tag gives an expression of identifiers, references, operators and parentheses', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom('MIT', 'GPLv2+', '(', ')', ' and ', ' or ', ' AND ', ' WITH ', '+', 'x', ' ', 'é')),
      (parts) => {
        const book = new LicenseBook();
        const made = book.expressionOf(parts.join(''), '1.el9');
        if (made === undefined) return;
        assert.match(made, /^[\w.+ ()-]+$/);
        for (const name of made.split(/[ ()]+/).filter((word) => word !== '' && !['AND', 'OR', 'WITH'].includes(word)))
          assert.ok(SPDX_LICENSES.has(name.replace(/\+$/, '')) || book.references.some(([id]) => id === name), name);
      },
    ),
    { numRuns: 2000 },
  );
});
