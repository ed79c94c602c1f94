// A program of its own, forked by mongod.ts: finds or downloads mongod, and sends where it lies.
// The library prints to stdout and takes its settings from the environment.
import { MongoBinary } from 'mongodb-memory-server-core';
import { messageOf } from '../errors.js';

export type Outcome = { readonly path: string } | { readonly error: string };

const settings = {
  // What it downloads is run, so the server's certificate has to be checked; by default it is not.
  npm_config_strict_ssl: 'true',
  MONGOMS_MAX_RETRIES: '1',
  ...(process.argv[2] === 'find' && { MONGOMS_RUNTIME_DOWNLOAD: 'false' }),
};
Object.assign(process.env, settings);

const outcome: Outcome = await MongoBinary.getPath().then(
  (path) => ({ path }),
  // The library wraps what happened in what it tried.
  (error) => ({ error: messageOf(error).replace(/^.*Details: "?(.*?)"?$/, '$1') }),
);
process.send?.(outcome);
process.disconnect?.();
