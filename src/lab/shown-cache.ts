import type { KeyValue } from '../stores/key-value.js';
import type { Bench } from './bench.js';
import { LIFETIME_MS } from './stores.js';

/** The cache of one session: each command is shown, the keys without their prefix. */
export function shownCache(
  bench: Bench,
  session: string,
): KeyValue & { del(key: string): Promise<void> } {
  const { cache, prefix } = bench.stores;
  const tell = <T>(text: string, reply: (value: T) => string, asked: Promise<T>) =>
    asked.then((value) => {
      bench.show({
        kind: 'command',
        session,
        store: bench.stores.cacheName,
        text,
        reply: reply(value),
      });
      return value;
    });
  const key = (name: string) => `${prefix}${name.replace(prefix, '')}`;
  const short = (name: string) => name.replace(prefix, '');
  const text = (value: string | null) => (value === null ? '(nil)' : summary(value));
  return {
    get: (name) => tell(`GET ${short(name)}`, text, cache.get(key(name))),
    mget: (names) =>
      tell(
        `MGET ${names.map(short).join(' ')}`,
        (values) => values.map(text).join(', '),
        cache.mget(names.map(key)),
      ),
    set: (name, value, ttlMs) =>
      tell(
        `SET ${short(name)} ${summary(value)}`,
        () => 'OK',
        cache.set(key(name), value, Math.min(ttlMs, LIFETIME_MS)),
      ),
    setIfAbsent: (name, value, ttlMs) =>
      tell(
        `SET ${short(name)} ${summary(value)} NX`,
        (set) => (set ? 'OK' : '(nil)'),
        cache.setIfAbsent(key(name), value, Math.min(ttlMs, LIFETIME_MS)),
      ),
    deleteIfEqual: (name, value) => cache.deleteIfEqual(key(name), value),
    async del(name) {
      const value = await cache.get(key(name));
      const deleted = value === null ? 0 : 1;
      if (value !== null) await cache.deleteIfEqual(key(name), value);
      bench.show({
        kind: 'command',
        session,
        store: bench.stores.cacheName,
        text: `DEL ${name}`,
        reply: String(deleted),
      });
    },
  };
}

/** What is cached, short enough for a line: contents of pages, beginnings of tokens. */
function summary(value: string): string {
  if (!/^[[{]/.test(value)) return value.slice(0, 6);
  const parsed = JSON.parse(value);
  const posts: { content: string }[] = Array.isArray(parsed) ? parsed : parsed.posts;
  return `[${posts.map(({ content }) => content).join(', ')}]`;
}
