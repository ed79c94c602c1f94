import { spawn } from 'node:child_process';

/** A fenced console block of a Markdown file: commands behind `$ `, each with what it printed. */
export interface ConsoleBlock {
  readonly text: string;
  readonly commands: { readonly command: string; readonly output: string }[];
}

const FENCED = /```console\n([\s\S]*?)```/g;

export function consoleBlocks(markdown: string): ConsoleBlock[] {
  return [...markdown.matchAll(FENCED)].map(([text, body = '']) => ({
    text,
    commands: body
      .split(/^\$ /m)
      .slice(1)
      .map((part) => {
        const [command = '', ...output] = part.split('\n');
        return { command, output: output.join('\n').trim() };
      }),
  }));
}

export function formatBlock(commands: ConsoleBlock['commands']): string {
  const parts = commands.map(({ command, output }) => `$ ${command}\n${output}`.trimEnd());
  return `\`\`\`console\n${parts.join('\n\n')}\n\`\`\``;
}

/** Runs a command line as a shell would, and tells what was seen of stdout and stderr together. */
export function runInShell(
  command: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn('bash', ['-c', `set -o pipefail; ${command}`], { env });
    let seen = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        seen += text;
      });
    }
    child.on('error', reject);
    child.on('close', (code) =>
      code === 0 ? resolve(seen.trim()) : reject(new Error(`${command}: exit ${code}\n${seen}`)),
    );
  });
}

/** What two runs have in common: no figures, no ids, no ages, no lengths of bars. */
export function gist(output: string): string {
  return output
    .replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'ID')
    .replace(/(--(after|since)) \S+/g, '$1 CURSOR')
    .replace(/Parallel /g, '')
    .replace(/\d[\d,.]* (s|min|h|d|mo|y) ago|just now/g, 'AGE')
    .replace(/\d[\d,.]*/g, '0')
    .replace(/0 (ms|s|min)\b/g, '0 TIME')
    .replace(/[▏▎▍▌▋▊▉█·]+/g, '')
    .replace(/[^\S\n]+/g, ' ')
    .trim();
}
