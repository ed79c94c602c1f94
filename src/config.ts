import { join } from 'node:path';
import envPaths from 'env-paths';
import * as v from 'valibot';
import { UsageError } from './errors.js';
import { redisTarget } from './redis-url.js';

/** Where a setting came from, for `--verbose`, `stack status` and error messages. */
type Origin = 'flag' | 'environment' | '.env' | 'stack';

/** All settings, parsed once, validated once, passed down. An undefined URL: do without that store. */
export interface Config {
  /** Folder of the embedded stack's data and state. */
  readonly home: string;
  readonly databaseUrl: string | undefined;
  readonly redisUrl: string | undefined;
  readonly mongodbUrl: string | undefined;
  /** Where each URL came from; undefined where nothing named one. */
  readonly origins: { readonly [name in UrlName]?: Origin };
  /** Bound on one store operation, milliseconds. */
  readonly timeoutMs: number;
  /** Lifetime of a cached timeline, seconds. */
  readonly cacheTtl: number;
}

type UrlName = 'DATABASE_URL' | 'REDIS_URL' | 'MONGODB_URL';
type Settings = Readonly<Record<string, string | undefined>>;

const DEFAULT_TIMEOUT_MS = 2_000;
const DEFAULT_CACHE_TTL_S = 60;

// Not the URL class: PostgreSQL's and MongoDB's URLs may name several hosts, which it refuses.
const URL_FORM = /^(?<scheme>[a-z][a-z0-9+]*:)\/\/(?:.*@)?(?<hosts>[^/?#]*)(?<path>\/[^?#]*)?/i;

const urlOf = (...schemes: string[]) =>
  v.pipe(
    v.string(),
    v.regex(URL_FORM, 'is not a URL'),
    v.check(
      (url) => schemes.some((scheme) => url.startsWith(`${scheme}//`)),
      `must begin with ${schemes.map((scheme) => `${scheme}//`).join(' or ')}`,
    ),
    v.check(
      isWhole,
      'is not a URL; characters such as @ : / % in a password are written %40 and so on',
    ),
  );

/** Whether the drivers can take a URL apart: they throw what is in it when they cannot. */
function isWhole(url: string): boolean {
  const { hosts = '' } = URL_FORM.exec(url)?.groups ?? {};
  const alone = (host: string) => url.replace(hosts, () => host);
  try {
    decodeURIComponent(url);
  } catch {
    return false;
  }
  return !/\s/.test(url) && hosts.split(',').every((host) => URL.canParse(alone(host)));
}

const positiveInteger = v.pipe(
  v.string(),
  v.regex(/^\d{1,9}$/, 'is not a whole number'),
  v.transform(Number),
  v.minValue(1, 'must be at least 1'),
);

const URL_SCHEMAS: Record<UrlName, v.GenericSchema<string, string>> = {
  DATABASE_URL: urlOf('postgres:', 'postgresql:'),
  REDIS_URL: v.pipe(
    urlOf(
      'redis:',
      'rediss:',
      'redis+sentinel:',
      'rediss+sentinel:',
      'redis+cluster:',
      'rediss+cluster:',
    ),
    v.check((url) => redisTarget(url) !== undefined, 'is not of a form that socialdb knows'),
  ),
  MONGODB_URL: urlOf('mongodb:', 'mongodb+srv:'),
};

/** The folder of the embedded stack: `SOCIALDB_HOME`, else the platform's data folder. */
export function homeOf(settings: Settings): string {
  return settings.SOCIALDB_HOME || join(envPaths('socialdb', { suffix: '' }).data);
}

/**
 * Builds the settings. Precedence: environment, then `.env`, then the running embedded stack; an
 * empty value means "do without this store" and stops the search.
 *
 * @param environment the process environment, flags already laid over it
 * @param dotenv what the working directory's `.env` holds
 * @param stack the connection settings of the running embedded stack, empty when it is not running
 * @throws UsageError when a value is not of its form; the message never repeats a URL
 */
export function readConfig(environment: Settings, dotenv: Settings, stack: Settings): Config {
  const sources: [Origin, Settings][] = [
    ['environment', environment],
    ['.env', dotenv],
    ['stack', stack],
  ];
  const find = (name: string) => {
    const source = sources.find(([, settings]) => settings[name] !== undefined);
    return source && { origin: source[0], value: source[1][name] ?? '' };
  };
  const url = (name: UrlName) => {
    const found = find(name);
    return found?.value ? parse(URL_SCHEMAS[name], found.value, name) : undefined;
  };
  const number = (name: string, fallback: number) => {
    const found = find(name);
    return found?.value ? parse(positiveInteger, found.value, name) : fallback;
  };
  const origins: { [name in UrlName]?: Origin } = {};
  for (const name of Object.keys(URL_SCHEMAS) as UrlName[]) {
    const found = find(name);
    if (found) origins[name] = found.origin;
  }
  return {
    home: homeOf({ ...dotenv, ...environment }),
    databaseUrl: url('DATABASE_URL'),
    redisUrl: url('REDIS_URL'),
    mongodbUrl: url('MONGODB_URL'),
    origins,
    timeoutMs: number('SOCIALDB_TIMEOUT_MS', DEFAULT_TIMEOUT_MS),
    cacheTtl: number('SOCIALDB_CACHE_TTL', DEFAULT_CACHE_TTL_S),
  };
}

function parse<T>(schema: v.GenericSchema<string, T>, value: string, name: string): T {
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  throw new UsageError('bad-setting', `${name} ${result.issues[0].message}`, `set ${name} anew`);
}

/** A URL as it may be shown: without user, password and query, which can hold secrets. */
export function redactUrl(url: string): string {
  const parts = URL_FORM.exec(url)?.groups;
  return parts ? `${parts.scheme}//${parts.hosts}${parts.path ?? ''}` : '(not a URL)';
}

/** A text of somebody else's making, such as the stack of a bug, without passwords of URLs. */
export function withoutSecrets(text: string, settings: Settings): string {
  const secrets = Object.keys(URL_SCHEMAS).flatMap((name) => {
    const secret = /^[^:]+:\/\/[^:@/]*:(.*)@/.exec(settings[name] ?? '')?.[1];
    return secret ? [secret] : [];
  });
  const without = secrets.reduce((shown, secret) => shown.replaceAll(secret, '***'), text);
  return without.replace(/(\b[a-z+]+:\/\/)[^\s/]*@/g, '$1***@');
}

/** The database that a URL names, undefined where it names none. */
export function databaseNameOf(url: string): string | undefined {
  const name = URL_FORM.exec(url)?.groups?.path?.slice(1);
  return name ? decodeURIComponent(name) : undefined;
}
