import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it, type TestContext } from 'node:test';
import { diffPayloads } from '../diff/diff.ts';
import { loadPayload } from '../info/load.ts';
import { sourceUrl, webUrl } from '../info/source-location.ts';
import { formatInfo, formatList } from '../info/text.ts';
import { goldenOutput, shared, vectors } from '../testing/shared.ts';
import { StoredRegistry } from '../testing/stored-registry.ts';
import type { Payload } from '../types.ts';
import { bugsOf, formatBugs } from './bugs.ts';
import { changelogOf, componentName } from './changelog.ts';
import type { Commit, CommitSource } from './commits.ts';
import { entriesOf } from './entries.ts';
import { formatChangelogHtml } from './html.ts';
import { formatChangelogJson } from './json.ts';
import { formatChangelogMarkdown } from './markdown.ts';
import { referenceUrl, takeReferences } from './references.ts';

/** The `git log` that oc read, as it was recorded: merges, and the ids of the single commits beside them. */
function recordedCommits(folder: string): CommitSource {
  return {
    commits: async ({ repository }) => {
      const name = `${folder}/${repository.replace('https://github.com/', '').replace('/', '-')}`;
      const merges = readFileSync(`${name}.merges.bin`, 'utf8').split('\0');
      const single = readFileSync(`${name}.nomerges-firstparent.bin`, 'utf8').split('\0').filter(Boolean);
      const commits = new Map<string, Commit>();
      for (const record of merges) {
        const [ids = '', time = '', subject = '', body = ''] = record.split('\x1e');
        const [id = '', ...parents] = ids.split(' ');
        commits.set(id, { id, parents, time: Number(time), subject, body });
      }
      for (const id of single) commits.set(id, { id, parents: [], time: 0, subject: '', body: '' });
      return commits;
    },
  };
}

/** The two recorded releases that a changelog was recorded of. */
async function recorded(t: TestContext) {
  const folder = shared(t, 'golden');
  if (folder === undefined) return undefined;
  const registry = await StoredRegistry.open(`${folder}/registry-storage.tar.gz`);
  const name = '127.0.0.1:5099/cl/release';
  const load = (tag: string): Promise<Payload> => loadPayload(registry.repository(name), tag, { name });
  return {
    diff: diffPayloads(await load('4.99.10'), await load('4.99.11')),
    commits: recordedCommits(`${folder}/gitlog`),
    output: (file: string) => goldenOutput(`${folder}/${file}`),
  };
}

describe('changelog', () => {
  it('is what oc printed, from the git log that oc read', async (t) => {
    const golden = await recorded(t);
    if (golden === undefined) return;
    const changelog = await changelogOf(golden.diff, golden.commits);
    assert.equal(formatChangelogMarkdown(changelog), golden.output('cl-changelog-md.txt'));
    assert.equal(formatChangelogJson(changelog, { compat: true }), golden.output('cl-changelog-json.txt'));
    for (const form of ['name', 'json'] as const)
      assert.equal(formatBugs(bugsOf(changelog), form), golden.output(`cl-bugs-${form}.txt`));
    const { featureGates, ...rest } = JSON.parse(formatChangelogJson(changelog));
    assert.deepEqual(rest, JSON.parse(golden.output('cl-changelog-json.txt')));
    assert.deepEqual(featureGates[0], {
      name: 'GateB',
      status: { SelfManagedHA: { Default: 'Enabled (Changed)', TechPreviewNoUpgrade: 'Enabled' } },
    });
  });

  it('says what it could not get, and lists everything else', async (t) => {
    const golden = await recorded(t);
    if (golden === undefined) return;
    const offline: CommitSource = { commits: async () => ({ unavailable: 'there is no clone of <it>' }) };
    const changelog = await changelogOf(golden.diff, offline);
    const text = formatChangelogMarkdown(changelog);
    assert.match(
      text,
      /### \[cli, cli-artifacts\].*\n\n\* The commits are not listed here: there is no clone of &lt;it&gt;\n\* \[Full changelog\]/,
    );
    assert.match(text, /### Rebuilt images/);
    assert.equal(JSON.parse(formatChangelogJson(changelog)).updatedImages[0].unavailable, 'there is no clone of <it>');
    const unasked = formatChangelogMarkdown(await changelogOf(golden.diff, undefined));
    assert.match(unasked, /### \[cli, cli-artifacts\].*\n\n\* \[Full changelog\]/);
  });

  it('in Markdown, names and labels open neither HTML nor links, nor lines of their own', async (t) => {
    const golden = await recorded(t);
    if (golden === undefined) return;
    const changelog = await changelogOf(golden.diff, golden.commits);
    const hostile = '](http://evil.example) <script>x</script>\u001b[2J\n# Heading';
    const [real] = golden.diff.to.payload.imageReferences.tags;
    assert.ok(real);
    const tag = {
      ...real,
      name: hostile,
      from: { kind: 'DockerImage', name: `quay.io/a/b@sha256:${'0'.repeat(64)}` },
      annotations: {
        'io.openshift.build.source-location': `https://github.com/o/${hostile}`,
        'io.openshift.build.commit.id': `<img src=x onerror=y>${hostile}`,
      },
    };
    const [first] = changelog.changed;
    assert.ok(first);
    const text = formatChangelogMarkdown({
      ...changelog,
      components: [{ name: hostile, version: hostile }],
      added: [tag],
      removed: [hostile],
      changed: [{ ...first, repository: `https://github.com/o/${hostile}`, images: [hostile], to: hostile }],
    });
    assert.doesNotMatch(text, /<script|<img|^# Heading/m);
    assert.doesNotMatch(text, /(?<!\\)\]\(http:\/\/evil/);
    assert.ok(!text.includes('\u001b') && text.includes('\\u001b'));
    for (const [, target] of text.matchAll(/(?<!\\)\]\(([^)]*)\)/g)) assert.ok(URL.canParse(target ?? ''), target);
    const named = { ...golden.diff.to.payload.imageReferences, tags: [tag] };
    const info = { ...golden.diff.to, payload: { ...golden.diff.to.payload, imageReferences: named } };
    for (const shown of [formatInfo(info), formatInfo(info, 'commits'), formatList(info, 'name')]) {
      assert.ok(!shown.includes('\u001b') && shown.includes('\\u001b[2J\\u000a# Heading'));
    }
  });

  it('as a page is self-contained, escapes what others wrote, and has headings and tables that a reader can follow', async (t) => {
    const golden = await recorded(t);
    if (golden === undefined) return;
    const hostile: CommitSource = {
      commits: async ({ to }) =>
        new Map([
          [
            to,
            {
              id: to,
              parents: ['a', 'b'],
              time: 1,
              subject: 'Merge pull request #7 from x/y',
              body: '<script>alert("&")</script>',
            },
          ],
        ]),
    };
    const page = formatChangelogHtml(await changelogOf(golden.diff, hostile));
    assert.match(page, /&lt;script&gt;alert\(&quot;&amp;&quot;\)&lt;\/script&gt;/);
    assert.doesNotMatch(page, /<script|src=|@import|url\(|<link/);
    assert.match(page, /^<!doctype html>\n<html lang="en">/);
    assert.equal(page.match(/<h1>/g)?.length, 1);
    for (const cell of page.match(/<th[ >][^>]*/g) ?? []) assert.match(cell, /scope="(col|row)"/);
  });

  it('takes references off a message as upstream does', (t) => {
    for (const e of vectors<{
      input: string;
      message: string;
      refs: { ID: string; Source: number }[] | null;
      bugs: Record<string, string>;
      issues: Record<string, string>;
    }>(t, 'extract-refs.json')) {
      const { references, message } = takeReferences(e.input);
      assert.equal(message, e.message, e.input);
      assert.deepEqual(
        references.map(({ id, tracker }) => ({ ID: id, Source: tracker === 'bugzilla' ? 0 : 1 })),
        e.refs ?? [],
        e.input,
      );
      assert.deepEqual(Object.fromEntries(references.map((reference) => [reference.id, referenceUrl(reference)])), {
        ...e.bugs,
        ...e.issues,
      });
    }
  });

  it('names components and sources as upstream does', (t) => {
    for (const e of vectors<{ key: string; displayName: string; result: string }>(t, 'component-display-name.json'))
      assert.equal(componentName(e.key, e.displayName), e.result);
    for (const e of vectors<{ input: string; host: string; relativePath: string }>(t, 'source-location.json')) {
      const { host, path } = sourceUrl(e.input);
      assert.deepEqual(
        [host, `/base/${host}${path}`.replace(/\/+/g, '/').replace(/\/$/, '')],
        [e.host, e.relativePath],
      );
    }
    assert.equal(webUrl('git@github.com:openshift/oc.git'), 'https://github.com/openshift/oc');
  });

  it('lists squashed commits by the number in their subject, and drops what has none', () => {
    const commit = (id: string, subject: string): Commit => ({ id, parents: ['p'], time: 5, subject, body: 'text' });
    const commits = [
      commit('1', 'OCPBUGS-1: fix it (#12)'),
      commit('2', 'typo'),
      commit('3', 'NO-JIRA: x (#13) (#14)'),
    ];
    assert.deepEqual(
      entriesOf({ commits, squashed: true }).map(({ pullRequest, subject }) => [pullRequest, subject]),
      [
        [12, 'fix it (#12)'],
        [13, 'NO-JIRA: x (#13) (#14)'],
      ],
    );
    const merge = { ...commit('4', 'Merge pull request #9 from a/b'), body: '\n' };
    assert.deepEqual(entriesOf({ commits: [merge], squashed: false })[0]?.subject, 'Merge');
  });
});
