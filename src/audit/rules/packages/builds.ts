import type { Rule } from '../rule.ts';

const severalBuilds: Rule<'variety'> = {
  id: 'RPM-014',
  title: 'different builds under one name, version and release',
  subject: 'variety',
  severity: 'info',
  fixed: false,
  test({ builds }) {
    if (builds.length < 2) return undefined;
    return {
      message: `${builds.length} builds of it are in the set`,
      evidence: builds.map(({ header, signer, images }) => `${header}, ${signer}, in ${images.join(', ')}`),
    };
  },
};

export const varietyRules: readonly Rule<'variety'>[] = [severalBuilds];
