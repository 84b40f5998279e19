/**
 * Who may import whom in `src/`. The one place where the layers are written down; `npm run layers` holds them.
 * Each line may import what stands on a lower line, never a higher one or a neighbour on its own.
 */
const LAYERS = [
  ['cli'],
  ['service'],
  ['http', 'verify'],
  ['notifications'],
  ['billing', 'health', 'privacy', 'simulation'],
  ['intake', 'projection'],
  ['keys', 'log'],
  ['sealing'],
  ['store'],
  ['domain'],
];

/** What everything but `domain/` may use. */
const SHARED = '^src/(async|clock|config|logger|metrics|schemas)\\.ts$';

/** A test may look over the fence: it asks the proof, or the whole service, whether what it tests is right. */
const TEST = '\\.test\\.ts$';

/** The entry points, which start what is highest. */
const ENTRY = '^src/(main\\.ts|janela\\.js|shard\\.js)$';

const roomsOf = (layers) => `^src/(${layers.flat().join('|')})/`;

const upward = LAYERS.slice(1).map((layer, index) => ({
  name: `${layer.join('-and-')}-import-downward`,
  comment: `src/${layer.join('/, src/')}/ import only what stands on a lower line of LAYERS.`,
  severity: 'error',
  from: { path: roomsOf([layer]), pathNot: TEST },
  to: { path: roomsOf(LAYERS.slice(0, index + 1)) },
}));

const neighbours = LAYERS.filter((layer) => layer.length > 1).flatMap((layer) =>
  layer.map((room) => ({
    name: `${room}-leaves-its-neighbours-alone`,
    comment: `Rooms of one line of LAYERS know nothing of each other.`,
    severity: 'error',
    from: { path: roomsOf([room]), pathNot: TEST },
    to: { path: roomsOf(layer.filter((other) => other !== room)) },
  })),
);

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    ...upward,
    ...neighbours,
    {
      name: 'no-circles',
      comment: 'Neither of two modules of a circle can be understood, tested or moved alone.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'domain-is-pure',
      comment: 'domain/ imports nothing outside itself: no package, no module of Node, no other room.',
      severity: 'error',
      from: { path: '^src/domain/', pathNot: TEST },
      to: { pathNot: '^src/domain/' },
    },
    {
      name: 'shared-knows-domain-alone',
      comment: 'What every room may use uses none of them but the rules.',
      severity: 'error',
      from: { path: SHARED },
      to: { path: roomsOf(LAYERS.slice(0, -1)) },
    },
    {
      name: 'entries-are-not-imported',
      comment:
        'What lies loose in src/ is an entry or shared; an entry starts the process when it is loaded.',
      severity: 'error',
      from: { path: '^src/', pathNot: ENTRY },
      to: { path: ENTRY },
    },
    {
      name: 'product-knows-no-test',
      comment: 'src/ is the product; what only tests, benches and scripts use lies in test/.',
      severity: 'error',
      from: { path: '^(src|migrations)/', pathNot: TEST },
      to: { path: ['^(test|bench|scripts)/', TEST] },
    },
    {
      name: 'product-needs-no-dev-dependency',
      comment: 'What the product imports is there after npm ci --omit=dev.',
      severity: 'error',
      from: { path: '^(src|migrations)/', pathNot: TEST },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'imports-lead-somewhere',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    parser: 'swc',
    tsPreCompilationDeps: true,
    detectProcessBuiltinModuleCalls: true,
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'types', 'default'],
    },
  },
};
