interface Address {
  readonly host: string;
  readonly port: number;
}

/** What a Redis URL names: one server, a master that sentinels know, or a cluster. */
export type RedisTarget = { readonly username?: string; readonly password?: string } & {
  readonly tls: boolean;
} & (
    | { readonly kind: 'server'; readonly url: string }
    | {
        readonly kind: 'sentinel';
        readonly addresses: Address[];
        readonly master: string;
        readonly database: number;
      }
    | { readonly kind: 'cluster'; readonly addresses: Address[] }
  );

/** `redis+sentinel://[[user]:password@]host[:port][,…]/master[/database]`, `redis+cluster://…host[:port][,…]` */
const SEVERAL =
  /^redis(?<tls>s?)\+(?<kind>sentinel|cluster):\/\/(?:(?<username>[^:@/]*)(?::(?<password>[^@/]*))?@)?(?<hosts>[^/?#]+)\/?(?<path>[^?#]*)$/;

const DEFAULT_PORTS = { sentinel: 26_379, cluster: 6_379 };

/**
 * Reads a Redis URL. One server has the form that every client knows; for several there is no
 * registered form, so these are the ones of redis-sentinel-url and its like.
 *
 * @returns undefined when the URL has a form of none of them
 */
export function redisTarget(url: string): RedisTarget | undefined {
  if (/^rediss?:\/\//.test(url)) return { kind: 'server', url, tls: url.startsWith('rediss:') };
  const parts = SEVERAL.exec(url)?.groups;
  if (!parts) return undefined;
  const kind = parts.kind as keyof typeof DEFAULT_PORTS;
  const addresses = (parts.hosts ?? '')
    .split(',')
    .map((text) => addressOf(text, DEFAULT_PORTS[kind]));
  if (addresses.some((address) => address === undefined)) return undefined;
  const [master = '', database = '0', ...rest] = (parts.path ?? '').split('/');
  const common = {
    tls: parts.tls === 's',
    addresses: addresses as Address[],
    ...(parts.username && { username: decodeURIComponent(parts.username) }),
    ...(parts.password && { password: decodeURIComponent(parts.password) }),
  };
  if (kind === 'cluster') return parts.path ? undefined : { kind, ...common };
  if (!master || rest.length > 0 || !/^\d{1,4}$/.test(database)) return undefined;
  return { kind, ...common, master, database: Number(database) };
}

function addressOf(text: string, defaultPort: number): Address | undefined {
  const parts = /^(?:\[(?<v6>[^\]]+)\]|(?<name>[^:[\]]+))(?::(?<port>\d{1,5}))?$/.exec(
    text,
  )?.groups;
  if (!parts) return undefined;
  return { host: parts.v6 ?? parts.name ?? '', port: Number(parts.port ?? defaultPort) };
}
