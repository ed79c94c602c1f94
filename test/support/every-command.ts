import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { buildProgram } from '../../src/cli/program.js';

const FIXTURES = fileURLToPath(new URL('../../fixtures/', import.meta.url));

/**
 * What is typed behind each command, in an order in which all of them work.
 *
 * @param post a post's id
 * @param folder where `one.sql` is, and files may be written
 */
export function commandLines({
  post,
  folder,
}: {
  post: string;
  folder: string;
}): Record<string, string[]> {
  return {
    migrate: [],
    'migrate status': [],
    'schema diagram': [],
    // A server for tests trades safety for speed, and says so.
    doctor: ['--skip', 'fsync', 'full-page-writes', 'maxmemory', 'statistics'],
    verify: [],
    'user add': ['zoe', '--email', 'zoe@example.org'],
    'user show': ['zoe'],
    'user list': [],
    follow: ['zoe', 'alice'],
    unfollow: ['zoe', 'bob'],
    followers: ['alice'],
    following: ['zoe'],
    post: ['zoe', 'hello', '--tag', 'coding'],
    comment: ['zoe', post, 'well said'],
    like: ['zoe', post],
    unlike: ['zoe', post],
    thread: [post],
    feed: ['zoe'],
    search: ['--tag', 'coding'],
    'cache stats': [],
    'cache show': ['zoe'],
    'cache warm': ['--readers', '5'],
    'cache verify': [],
    'cache clear': [],
    'activity relay': [],
    'activity tail': ['-n', '5'],
    'activity stats': [],
    'activity verify': [],
    'activity ttl': ['9999d', '--yes'],
    'explain feed': ['zoe'],
    'explain search': ['--tag', 'coding'],
    'explain sql': [join(folder, 'one.sql')],
    'index list': [],
    'index advise': [],
    'index drop': ['idx_posts_metadata_gin', '--yes'],
    'index add': ['idx_posts_metadata_gin'],
    report: [],
    lab: [],
    top: ['--once'],
    bench: ['--duration', '200ms', '--warm-up', '0', '--users', '50'],
    delete: [post, '--yes'],
    'user delete': ['zoe', '--yes'],
    'export jsonl': [join(folder, 'out')],
    'import stackexchange': [join(FIXTURES, 'stackexchange')],
    'import edges': [join(FIXTURES, 'edges.csv')],
    'import jsonl': [join(folder, 'out')],
    seed: ['--users', '5', '--posts', '5', '--follows', '5', '--append', '--seed', '9'],
  };
}

/** The names of all commands, `stack up` and `migrate` alike. */
export function commandNames(): string[] {
  return runnable(buildProgram({ write() {}, remind() {}, run: () => Promise.resolve() }));
}

/** The names of all commands that do something, `migrate` and `migrate status` both. */
function runnable(command: Command, path: string[] = []): string[] {
  return command.commands.flatMap((child) => {
    const name = [...path, child.name()];
    const inner = runnable(child, name);
    // Commander keeps to itself whether a command has an action of its own.
    const acts = inner.length === 0 || child.name() === 'migrate';
    return acts ? [name.join(' '), ...inner] : inner;
  });
}
