// The floors of the house plan (docs/architecture.md): a room imports only rooms on lower floors,
// and only through their door (index.ts).
const floors = {
  0: ['version', 'util'],
  1: ['sign', 'oci', 'rpm', 'kube', 'db'],
  2: ['payload', 'audit', 'build', 'verify', 'graph', 'switch', 'install', 'community'],
  3: ['release'],
  4: ['cli', 'server'],
};
function throughTheDoors(room) {
  const doors = `^src/${room}/[^/]+/index\\.ts$`;
  const rule = (from, own) => ({
    severity: 'error',
    comment: `what is in a sub-room of ${room}/ is imported through the index.ts of that sub-room`,
    from: { path: from, pathNot: ['\\.test\\.ts$', `^src/${room}/testing/`] },
    to: { path: `^src/${room}/[^/]+/`, pathNot: [doors, ...own] },
  });
  return [
    { name: `doors-in-${room}`, ...rule(`^src/${room}/([^/]+)/`, [`^src/${room}/$1/`]) },
    { name: `doors-in-${room}-from-its-top`, ...rule(`^src/${room}/[^/]+$`, []) },
  ];
}
/** Rooms whose every sub-room has a door of its own; tests, and what sets them up, reach in. */
const DOORED = ['release', 'server', 'payload', 'audit', 'graph', 'oci', 'db'];
const rules = DOORED.flatMap((room) => throughTheDoors(room));
for (const [floor, rooms] of Object.entries(floors)) {
  for (const room of rooms) {
    const forbidden = Object.entries(floors)
      .filter(([other]) => Number(other) >= Number(floor))
      .flatMap(([, names]) => names)
      // floor 0 rooms are leaves that may serve each other; the command line starts the server
      .filter((name) => name !== room && !(floor === '0') && !(room === 'cli' && name === 'server'));
    if (floor === '0') forbidden.push(...Object.entries(floors).filter(([f]) => f !== '0').flatMap(([, n]) => n));
    rules.push({
      name: `floor-${floor}-${room}`,
      severity: 'error',
      comment: `${room}/ is on floor ${floor} and may import only lower floors`,
      from: { path: `^src/${room}/` },
      to: { path: `^src/(${forbidden.join('|')})/` },
    });
  }
}
module.exports = {
  forbidden: [
    ...rules,
    {
      name: 'only-through-the-door',
      severity: 'error',
      comment: "another room's files are imported through its index.ts only",
      from: { path: '^src/([^/]+)/', pathNot: '\\.test\\.ts$' },
      to: { path: '^src/([^/]+)/', pathNot: ['^src/$1/', '^src/[^/]+/index\\.ts$', '^src/util/', '^src/version/'] },
    },
    {
      name: 'web-imports-only-pure-rooms',
      severity: 'error',
      from: { path: '^web/' },
      to: { path: '^src/', pathNot: ['^src/(install|version|server/schema)/'] },
    },
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-orphan-dev-deps', severity: 'error', from: { path: '^src/', pathNot: '\\.test\\.ts$' }, to: { dependencyTypes: ['npm-dev'] } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { extensions: ['.ts', '.mjs', '.js'], exportsFields: ['exports'], conditionNames: ['import', 'node', 'default'] },
  },
};
