import { execFile, execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** A browser's name on this machine; undefined where there is none. */
export const BROWSER = ['chromium', 'chromium-browser', 'google-chrome'].find((name) => {
  try {
    execFileSync(name, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
});

interface Visit {
  /** The document, after its scripts have run. */
  readonly dom: string;
  /** What the page had the browser ask its proxy for; there is no other way out. */
  readonly requests: string[];
}

const FLAGS = [
  ...['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-sync'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-extensions'],
  '--virtual-time-budget=10000',
];

/** Chromium asks its maker for the time and for updates, whatever flags it is given. */
const ITS_OWN = /^(?:https?:\/\/)?(?!fonts\.)[\w.-]+\.(?:google|googleapis)\.com[:/]/;

/** Opens a page in a headless browser from a file, with a proxy that answers nothing. */
export async function visit(page: string): Promise<Visit> {
  if (!BROWSER) throw new Error('there is no browser');
  const folder = await mkdtemp(join(tmpdir(), 'socialdb-page-'));
  const requests: string[] = [];
  const proxy = createServer((request, response) => {
    requests.push(request.url ?? '');
    response.writeHead(502).end();
  });
  proxy.on('connect', (request, socket) => {
    requests.push(request.url ?? '');
    // The browser may hang up first.
    socket.on('error', () => {});
    socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const { port } = proxy.address() as AddressInfo;
  try {
    const file = join(folder, 'page.html');
    await writeFile(file, page);
    const { stdout } = await promisify(execFile)(
      BROWSER,
      [
        ...FLAGS,
        `--user-data-dir=${join(folder, 'profile')}`,
        `--proxy-server=127.0.0.1:${port}`,
        '--proxy-bypass-list=<-loopback>',
        '--dump-dom',
        `file://${file}`,
      ],
      { maxBuffer: 64 * 1024 ** 2, timeout: 60_000 },
    );
    return { dom: stdout, requests: requests.filter((url) => !ITS_OWN.test(url)) };
  } finally {
    proxy.closeAllConnections();
    proxy.close();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
