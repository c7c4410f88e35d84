import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { describeProgress, drawBar, formatBytes, formatSeconds, Rate } from './bar.ts';

const state = {
  bytes: 3_200_000_000,
  totalBytes: 12_800_000_000,
  blobs: 80,
  totalBlobs: 332,
  sent: 3_000_000_000,
  checked: 0,
};

describe('the progress of a copy', () => {
  it('tells bytes, blobs, rate and the time that is left', () => {
    assert.equal(
      describeProgress(state, 96_000_000),
      '3.20 GB of 12.8 GB, 80 of 332 blobs, 96.0 MB/s, 1 min 40 s left',
    );
    assert.equal(describeProgress(state, undefined), '3.20 GB of 12.8 GB, 80 of 332 blobs');
    assert.equal(
      describeProgress({ ...state, bytes: state.totalBytes }, 5),
      '12.8 GB of 12.8 GB, 80 of 332 blobs, 5 B/s',
    );
    assert.equal(
      describeProgress({ ...state, checked: 2_000_000_000 }, undefined),
      '3.20 GB of 12.8 GB, 80 of 332 blobs, 2.00 GB there already checked',
    );
  });

  it('is a bar that fits the terminal', () => {
    assert.equal(drawBar(state, 96_000_000, 200).slice(0, 31), '██████░░░░░░░░░░░░░░░░░░  25 % ');
    assert.equal(drawBar(state, 96_000_000, 60).length, 59);
    assert.match(drawBar({ ...state, totalBytes: 0, bytes: 0 }, undefined, 80), /^█{24} {2}100 %|^█{24} 100 %/);
  });

  it('counts the rate of the last seconds only', () => {
    const rate = new Rate();
    for (let second = 0; second <= 60; second++) rate.add(second * 1000, second < 50 ? second * 1_000_000 : 50_000_000);
    assert.equal(rate.at(60_000, 50_000_000), 0);
    assert.equal(new Rate().at(5, 0), undefined);
  });

  it('writes sizes and times as people read them', () => {
    assert.deepEqual([0, 999, 999_600, 7_480_000_000].map(formatBytes), ['0 B', '999 B', '1.00 MB', '7.48 GB']);
    assert.deepEqual([0, 59.2, 185, 7800].map(formatSeconds), ['0 s', '1 min 0 s', '3 min 5 s', '2 h 10 min']);
  });
});
