import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { scriptFor } from '../../src/cli/shells.js';
import { useDatabase } from '../support/database.js';
import { addPeople } from '../support/people.js';
import { inProcess } from '../support/shell.js';

const BINARY = fileURLToPath(new URL('../../bin/socialdb.js', import.meta.url));

describe('completion', () => {
  const database = useDatabase();
  let folder: string;
  let env: Record<string, string | undefined>;
  before(async () => {
    await addPeople(database.sql, 'alice', 'Alina', 'bob');
    folder = await mkdtemp(join(tmpdir(), 'socialdb-completion-'));
    await writeFile(
      join(folder, 'socialdb'),
      `#!/bin/sh\nexec '${process.execPath}' '${BINARY}' "$@"\n`,
    );
    await chmod(join(folder, 'socialdb'), 0o755);
    env = {
      ...process.env,
      PATH: `${folder}:${process.env.PATH}`,
      DATABASE_URL: database.url,
      REDIS_URL: '',
      MONGODB_URL: '',
    };
  });
  after(() => rm(folder, { recursive: true, force: true }));

  const words: [typed: string[], found: string[]][] = [
    [['unf'], ['unfollow']],
    [['user', 'd'], ['delete']],
    [
      ['feed', 'al'],
      ['alice', 'Alina'],
    ],
    [
      ['feed', '@al'],
      ['@alice', '@Alina'],
    ],
    [['follow', 'alice', 'b'], ['bob']],
    [['--json', 'feed', 'b'], ['bob']],
    [['feed', 'alice', '--strategy', 'he'], ['heads']],
    [['feed', 'alice', '--strategy=p'], ['probe']],
    [['feed', 'alice', '--str'], ['--strategy']],
    [['feed', 'alice', '--js'], ['--json']],
    [['activity', 'tail', '--user', 'bo'], ['bob']],
    [
      ['activity', 'stats', '--by', ''],
      ['minute', 'hour', 'day'],
    ],
    [['index', 'drop', 'idx_posts_n'], ['idx_posts_newest']],
    [['explain', 'feed', '--compare-index', 'idx_posts_n'], ['idx_posts_newest']],
    [
      ['completion', ''],
      ['bash', 'zsh', 'fish'],
    ],
    [['feed', 'alice', 'too'], []],
    [['nonsense', 'x'], []],
  ];
  for (const [typed, found] of words) {
    it(`knows what follows: socialdb ${typed.join(' ')}`, async () => {
      const { stdout, stderr, exitCode } = await inProcess(['complete', '--', ...typed], {
        env: { DATABASE_URL: database.url, REDIS_URL: '' },
      });
      const names = stdout
        .split('\n')
        .filter(Boolean)
        .map((line) => line.split('\t')[0]);
      assert.deepEqual([names, stderr, exitCode], [found, '', 0]);
    });
  }

  it('is silent, and soon done, where no store answers', async () => {
    for (const url of ['', 'postgres://127.0.0.1:1/nowhere']) {
      const ran = await inProcess(['complete', '--', 'feed', 'al'], { env: { DATABASE_URL: url } });
      assert.deepEqual(ran, { stdout: '', stderr: '', exitCode: 0 });
    }
  });

  it('works in bash, with its own ideas of words', () => {
    const ask = (line: string, ...typed: string[]) =>
      execFileSync(
        'bash',
        [
          '-c',
          `eval "$(socialdb completion bash)"
           COMP_WORDS=(socialdb "$@"); COMP_CWORD=$#; COMP_LINE=${JSON.stringify(line)}
           _socialdb; printf '%s\\n' "\${COMPREPLY[@]}"`,
          'bash',
          ...typed,
        ],
        { env, encoding: 'utf8' },
      ).trim();
    assert.equal(ask('socialdb feed al', 'feed', 'al'), 'alice\nAlina');
    // In `@al` and `--strategy=pr` readline sees more words than one.
    assert.equal(ask('socialdb feed @al', 'feed', '@', 'al'), 'alice\nAlina');
    assert.equal(ask('socialdb feed --strategy=pr', 'feed', '--strategy', '=', 'pr'), 'probe');
    assert.equal(ask('socialdb unf', 'unf'), 'unfollow');
  });

  it('works in fish', { skip: lacks('fish') }, () => {
    const script = 'socialdb completion fish | source; complete -C "socialdb feed al"';
    const found = execFileSync('fish', ['--no-config', '-c', script], {
      env: { ...env, HOME: folder },
      encoding: 'utf8',
    });
    assert.deepEqual(
      found
        .trim()
        .split('\n')
        .map((line) => line.split('\t')[0]),
      ['Alina', 'alice'],
    );
  });

  it('works in zsh', { skip: lacks('zsh') }, () => {
    const typed = `
      zmodload zsh/zpty
      zpty -b z 'PS1= TERM=dumb zsh -f -i'
      zpty -w z 'autoload -Uz compinit && compinit -u -D; eval "$(socialdb completion zsh)"; bindkey "^I" complete-word'
      sleep 3
      zpty -n -w z $'socialdb unf\\t'
      sleep 3
      zpty -n -w z $'\\n'
      sleep 1
      zpty -r -m z out '*'; print -r -- $out; while zpty -r z out; do print -r -- $out; done
      zpty -d z`;
    const seen = spawnSync('zsh', ['-f', '-c', typed], {
      env: { ...env, HOME: folder },
      encoding: 'utf8',
    });
    assert.match(seen.stdout, /socialdb unfollow/);
  });

  for (const shell of ['bash', 'zsh', 'fish']) {
    it(`has a script that ${shell} can read`, { skip: lacks(shell) }, () => {
      const path = join(folder, shell);
      writeFileSync(path, scriptFor(shell));
      const { status, stderr } = spawnSync(shell, ['-n', path], { encoding: 'utf8' });
      assert.deepEqual([status, stderr], [0, '']);
    });
  }
});

function lacks(shell: string): string | false {
  const found = spawnSync('sh', ['-c', `command -v ${shell}`]).status === 0;
  return found ? false : `there is no ${shell}`;
}
