import { type Check, fail, ok, warn } from '../check.js';
import { alterSystem } from './alter-system.js';
import type { PostgresSubject } from './server.js';

const settingOf = ({ settings }: PostgresSubject, name: string) => settings[name]?.value;

const fsync: Check<PostgresSubject> = {
  name: 'fsync',
  run: (server) =>
    settingOf(server, 'fsync') === 'on'
      ? ok('on')
      : fail(
          'off: a machine that crashes can take the whole database along',
          alterSystem('fsync', 'on'),
        ),
};

const fullPageWrites: Check<PostgresSubject> = {
  name: 'full-page-writes',
  run: (server) =>
    settingOf(server, 'full_page_writes') === 'on'
      ? ok('on')
      : fail(
          'off: a crash in the middle of a page leaves it torn for good',
          alterSystem('full_page_writes', 'on'),
        ),
};

const synchronousCommit: Check<PostgresSubject> = {
  name: 'synchronous-commit',
  run(server) {
    const value = settingOf(server, 'synchronous_commit');
    return value === 'off'
      ? warn(
          `off: a crash loses what was acknowledged in the last ${settingOf(server, 'wal_writer_delay')}, three times over`,
          alterSystem('synchronous_commit', 'on'),
        )
      : ok(`${value}`);
  },
};

export const DURABILITY_CHECKS = [fsync, fullPageWrites, synchronousCommit];
