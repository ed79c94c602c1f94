import { readFile } from 'node:fs/promises';
import { missingFrom } from '../schema/drift.js';
import { migrationStatus } from '../schema/migrations.js';
import { abandonedSchemas } from '../schema/scratch.js';
import { removals } from '../tuning/advise/removals.js';
import { psql } from '../tuning/hints/hint.js';
import { listIndexes } from '../tuning/indexes.js';
import { bytes, plural } from '../wording.js';
import { type Check, fail, ok, some, warn } from './check.js';
import type { PostgresSubject } from './postgres/server.js';

const migrations: Check<PostgresSubject> = {
  name: 'migrations',
  async run({ sql }) {
    const { applied, pending, drifted, unknown } = await migrationStatus(sql);
    if (drifted.length > 0) {
      return fail(`${some(drifted)} changed after being applied`, 'git checkout -- sql/migrations');
    }
    if (pending.length > 0)
      return fail(
        `${plural(pending.length, 'migration')} pending: ${some(pending)}`,
        'socialdb migrate',
      );
    if (unknown.length > 0) {
      return warn(
        `${some(unknown)}: of a newer socialdb than this one`,
        'npm install --global socialdb',
      );
    }
    return ok(`${applied.length} applied, none pending`);
  },
};

const drift: Check<PostgresSubject> = {
  name: 'schema-drift',
  async run({ sql }) {
    const { pending, unknown } = await migrationStatus(sql);
    if (pending.length + unknown.length > 0) return ok('not compared: it is another version');
    const wanted = await readFile(new URL('../../sql/schema.sql', import.meta.url), 'utf8');
    const missing = await missingFrom(sql, wanted);
    if (missing.length === 0) return ok('as the migrations made it');
    const [, disabled] = /^triggers of (\w+) are disabled$/.exec(missing[0] ?? '') ?? [];
    const fix = disabled
      ? `${psql(`ALTER TABLE ${disabled} ENABLE TRIGGER ALL`)} && socialdb verify`
      : 'socialdb schema diagram  # what is there; what should be: sql/schema.sql';
    return fail(`not as the migrations made it: ${some(missing, 2)}`, fix);
  },
};

const missingIndexes: Check<PostgresSubject> = {
  name: 'missing-indexes',
  async run({ sql }) {
    const indexes = await listIndexes(sql);
    const missing = indexes.filter((index) => index.missing);
    const [first] = missing;
    const { pending } = await migrationStatus(sql);
    if (pending.length > 0) return ok('not known before all migrations are applied');
    if (!first)
      return ok(`none of the ${indexes.filter(({ known }) => known).length} that are needed`);
    const detail = some(missing.map(({ name }) => name));
    const fix = `socialdb index add ${first.name}`;
    const rule = missing.some(({ definition }) => /^CREATE UNIQUE/.test(definition));
    return rule
      ? fail(`${detail}: values may come twice`, fix)
      : warn(`${detail}: reads are slow`, fix);
  },
};

const invalidIndexes: Check<PostgresSubject> = {
  name: 'invalid-indexes',
  async run({ sql }) {
    const broken = (await listIndexes(sql)).filter(({ missing, valid }) => !missing && !valid);
    const [first] = broken;
    if (!first) return ok('none');
    const verb = first.known ? 'add' : 'drop';
    return warn(
      `${some(broken.map(({ name }) => name))}: the build did not end, so it costs and serves nobody`,
      `socialdb index ${verb} ${first.name}`,
    );
  },
};

const needlessIndexes: Check<PostgresSubject> = {
  name: 'needless-indexes',
  async run({ sql }) {
    const needless = removals((await listIndexes(sql)).filter(({ valid }) => valid));
    const [first] = needless;
    if (!first) return ok('none');
    const found = needless.map(
      ({ name, sizeBytes, reason }) => `${name} (${bytes(sizeBytes)}): ${reason}`,
    );
    return warn(some(found, 2), first.command);
  },
};

const scratchSchemas: Check<PostgresSubject> = {
  name: 'scratch-schemas',
  async run({ sql }) {
    const abandoned = await abandonedSchemas(sql);
    const [first] = abandoned;
    if (!first) return ok('none that nobody uses');
    const found = abandoned.map(({ name, bytes: size }) => `${name} (${bytes(size)})`);
    return warn(
      `${some(found, 2)}: left by a program that was killed`,
      psql(`DROP SCHEMA ${first.name} CASCADE`),
    );
  },
};

export const SCHEMA_CHECKS = [
  migrations,
  drift,
  missingIndexes,
  invalidIndexes,
  needlessIndexes,
  scratchSchemas,
];
