import assert from 'node:assert/strict';
import test from 'node:test';
import { answerGraph } from './answer/answer.ts';
import { checkAnswer } from './client/invariants.ts';
import { summary } from './testing/graph.ts';
import { CANDIDATE, GA, JOB, NEWEST, storyGraph } from './testing/story.ts';

test('okd#2340, okd#2348: recommended from .0–.3, conditional with the failing job from .4–.7, no candidate on stable', () => {
  const graph = storyGraph();
  for (const channel of ['stable-scos-4.22', 'stable-scos-4']) {
    const answer = answerGraph(graph, { channel, arch: 'amd64' });
    assert.deepEqual(checkAnswer(answer), []);
    const { nodes, edges, conditional } = summary(answer);
    assert.deepEqual(nodes, GA);
    const into = edges.filter((edge) => edge.endsWith(`-> ${NEWEST}`));
    assert.deepEqual(
      into,
      GA.slice(0, 4).map((from) => `${from} -> ${NEWEST}`),
    );
    assert.deepEqual(
      conditional.map((edge) => edge.split(':')[0]),
      GA.slice(4, 8).map((from) => `${from} -> ${NEWEST}`),
    );
    for (const { edges: list, risks } of answer.conditionalEdges) {
      assert.equal(risks.length, 1);
      assert.match(risks[0]?.message ?? '', new RegExp(`${JOB} https://prow[.]example[.]com/${list[0]?.from}/`));
    }
  }
  const refused = graph.problems.filter(({ severity }) => severity === 'error');
  assert.deepEqual(
    refused.map(({ file, message }) => [file, message]),
    [
      [
        'channels/stable-scos-4.22.yaml',
        `${CANDIDATE} is of kind ec; stable-scos-4.22 holds ga, fcos only, so it is left out.`,
      ],
    ],
  );
  const early = answerGraph(graph, { channel: 'candidate-scos-4.23', arch: 'amd64' });
  assert.ok(summary(early).edges.includes(`${NEWEST} -> ${CANDIDATE}`), 'untested is plain where candidates are tried');
});
