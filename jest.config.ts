import type { Config } from 'jest';

/** Unit tests (`.test.ts`), tests against a database or broker (`.int.test.ts`), tests of the process (`.e2e.test.ts`). */
const config: Config = {
  testEnvironment: 'node',
  roots: ['<rootDir>/src', '<rootDir>/test'],
  globalSetup: '<rootDir>/test/support/jest/global-setup.ts',
  globalTeardown: '<rootDir>/test/support/jest/global-teardown.ts',
  setupFilesAfterEnv: ['<rootDir>/test/support/jest/check-description.ts'],
  testMatch: ['**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript' }, target: 'es2024' }, module: { type: 'es6' } },
    ],
  },
  testSequencer: '<rootDir>/test/support/jest/longest-first.ts',
  // More than the cores: half of the time is spent waiting for frozen, killed and restarted processes.
  maxWorkers: 4,
  // Limits tell what hangs, not what is slow: they hold on a machine ten times as busy as usual.
  testTimeout: 120_000,
  // Without any open handle half a second, the default, is too short on a busy machine.
  workerGracefulExitTimeout: 30_000,
};

export default config;
