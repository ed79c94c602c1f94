import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { exportJsonl } from '../../src/dataset/jsonl/export.js';
import { importJsonl } from '../../src/dataset/jsonl/import.js';
import type { LoadOptions } from '../../src/dataset/load.js';
import { completePlan } from '../../src/dataset/seed/plan.js';
import { seed } from '../../src/dataset/seed/seed.js';
import { InterruptedError } from '../../src/errors.js';
import { abandonedSchemas, dropAbandoned, scratchSchemas } from '../../src/schema/scratch.js';
import { openPostgres, type Sql } from '../../src/stores/postgres.js';
import { asAdmin, useDatabase } from '../support/database.js';
import { driftedCounters } from '../support/people.js';
import { useFolder } from './folders.js';
import { empty, indexDefinitions, NOTHING, rowCounts } from './tables.js';

const PLAN = completePlan({ users: 60, posts: 500 });
const ROLE = `socialdb_test_twins_${process.pid}`;

before(() => asAdmin(`CREATE ROLE ${ROLE} LOGIN PASSWORD 'twins'`));
after(() => asAdmin(`DROP ROLE ${ROLE}`));

/** Whether a load replaces the tables by others, as it does where nobody would notice. */
async function isReplacing(sql: Sql, loading: Promise<unknown>): Promise<boolean> {
  const numbers = () => sql`SELECT oid FROM pg_class WHERE relname = 'posts' ORDER BY oid`;
  const earlier = JSON.stringify(await numbers());
  await loading;
  return JSON.stringify(await numbers()) !== earlier;
}

/** All that a table has beside its rows and keys. */
async function belongings(sql: Sql): Promise<unknown> {
  return sql`
    SELECT relname, relowner, relacl::text, reloptions, obj_description(oid, 'pg_class') AS comment,
           (SELECT json_agg(json_build_array(attname, atttypid, attnotnull, attstorage, attacl::text,
                              pg_get_expr(adbin, adrelid), col_description(attrelid, attnum))
                            ORDER BY attnum)
              FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
             WHERE attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped) AS columns,
           (SELECT json_agg(pg_get_triggerdef(pg_trigger.oid) ORDER BY tgname)
              FROM pg_trigger WHERE tgrelid = pg_class.oid AND NOT tgisinternal) AS triggers
      FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY relname`;
}

describe('tables that were replaced', () => {
  const database = useDatabase();

  it('have all that the old ones had', async () => {
    const { sql } = database;
    await sql.unsafe(`
      GRANT SELECT, INSERT ON posts TO ${ROLE} WITH GRANT OPTION;
      GRANT SELECT ON likes TO PUBLIC;
      COMMENT ON TABLE users IS 'Who there is; it''s all of them';
      COMMENT ON COLUMN users.email IS 'may be null';
      ALTER TABLE posts SET (autovacuum_vacuum_scale_factor = 0.05, fillfactor = 90);
      ALTER TABLE posts DROP COLUMN metadata;
      ALTER TABLE posts ADD COLUMN metadata jsonb NOT NULL DEFAULT '{}';
      ALTER TABLE posts ALTER COLUMN content SET STORAGE EXTERNAL;
      ALTER TABLE users ADD CONSTRAINT no_overlap EXCLUDE USING btree (id WITH =);
      CREATE INDEX long_posts ON posts (length(content)) WHERE length(content) > 200;
      CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
      CREATE TRIGGER "Own" AFTER DELETE ON comments FOR EACH STATEMENT EXECUTE FUNCTION nothing();`);
    const earlier = [await belongings(sql), await indexDefinitions(sql)];
    assert.ok(await isReplacing(sql, seed(sql, PLAN)));
    assert.deepEqual([await belongings(sql), await indexDefinitions(sql)], earlier);
    assert.deepEqual(await driftedCounters(sql), []);
    assert.deepEqual(await scratchSchemas(sql), []);
    await sql.unsafe(`DROP OWNED BY ${ROLE}`);
  });
});

describe('tables that cannot be replaced unnoticed', () => {
  const database = useDatabase();
  const cases: [what: string, make: string, look: string, unmake: string][] = [
    ['a view', 'CREATE VIEW v AS SELECT * FROM posts', 'SELECT count(*) > 0 FROM v', 'DROP VIEW v'],
    [
      'a foreign key of another table',
      'CREATE TABLE pins (post_id uuid REFERENCES posts)',
      `SELECT confrelid::regclass FROM pg_constraint WHERE conrelid = 'pins'::regclass`,
      'DROP TABLE pins',
    ],
    [
      'a policy',
      'CREATE POLICY all_of_it ON posts USING (true)',
      'SELECT polrelid::regclass FROM pg_policy',
      'DROP POLICY all_of_it ON posts',
    ],
    [
      'a publication',
      'CREATE PUBLICATION news FOR TABLE posts',
      'SELECT prrelid::regclass FROM pg_publication_rel',
      'DROP PUBLICATION news',
    ],
    [
      'a publication of whatever there is',
      'CREATE PUBLICATION news FOR ALL TABLES',
      'SELECT pubname FROM pg_publication',
      'DROP PUBLICATION news',
    ],
    [
      'a domain, whose checks may ask anything',
      `CREATE DOMAIN mood AS text CHECK (value <> '');
       ALTER TABLE posts ADD COLUMN mood mood`,
      `SELECT atttypid::regtype FROM pg_attribute WHERE attname = 'mood'`,
      'ALTER TABLE posts DROP COLUMN mood; DROP DOMAIN mood',
    ],
    [
      'extended statistics',
      'CREATE STATISTICS dates ON user_id, created_at FROM posts',
      'SELECT stxrelid::regclass FROM pg_statistic_ext',
      'DROP STATISTICS dates',
    ],
    [
      'a table that inherits',
      'CREATE TABLE special () INHERITS (posts)',
      'SELECT inhparent::regclass FROM pg_inherits WHERE inhparent::regclass::text = $$posts$$',
      'DROP TABLE special',
    ],
    [
      'a sequence',
      'ALTER TABLE posts ADD COLUMN number bigserial',
      'SELECT max(number) FROM posts',
      'ALTER TABLE posts DROP COLUMN number',
    ],
    [
      'an identity',
      'ALTER TABLE posts ADD COLUMN number bigint GENERATED ALWAYS AS IDENTITY (START 7)',
      'SELECT min(number) FROM posts',
      'ALTER TABLE posts DROP COLUMN number',
    ],
    [
      'a sequence that a column owns and does not use',
      'CREATE SEQUENCE numbers OWNED BY posts.id',
      `SELECT relname FROM pg_class WHERE relname = 'numbers'`,
      'DROP SEQUENCE numbers',
    ],
    [
      'a trigger that has to see each row',
      `CREATE TABLE seen (id uuid);
       CREATE FUNCTION see() RETURNS trigger LANGUAGE plpgsql AS
         'BEGIN INSERT INTO seen VALUES (NEW.id); RETURN NEW; END';
       CREATE TRIGGER seeing BEFORE INSERT ON posts FOR EACH ROW EXECUTE FUNCTION see()`,
      `SELECT count(*) = ${PLAN.posts} FROM seen`,
      'DROP TRIGGER seeing ON posts; DROP FUNCTION see; DROP TABLE seen',
    ],
    [
      'a constraint trigger of another table',
      `CREATE TABLE other (id uuid);
       CREATE FUNCTION look() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
       CREATE CONSTRAINT TRIGGER looking AFTER INSERT ON other FROM posts
         FOR EACH ROW EXECUTE FUNCTION look()`,
      `SELECT tgname FROM pg_trigger WHERE tgname = 'looking'`,
      'DROP TABLE other; DROP FUNCTION look',
    ],
    [
      'a function that asks the table itself',
      `CREATE FUNCTION is_new(uuid) RETURNS boolean LANGUAGE sql SET search_path = public AS
         'SELECT NOT EXISTS (SELECT FROM posts WHERE id = $1)';
       ALTER TABLE posts ADD CONSTRAINT posts_new CHECK (is_new(id))`,
      `SELECT conname FROM pg_constraint WHERE conname = 'posts_new'`,
      'ALTER TABLE posts DROP CONSTRAINT posts_new; DROP FUNCTION is_new',
    ],
    [
      'a foreign key to another table',
      `CREATE TABLE kinds (kind text PRIMARY KEY);
       ALTER TABLE posts ADD COLUMN kind text REFERENCES kinds`,
      `SELECT confrelid::regclass FROM pg_constraint WHERE conname = 'posts_kind_fkey'`,
      'ALTER TABLE posts DROP COLUMN kind; DROP TABLE kinds',
    ],
    [
      'what an owner denies himself',
      'REVOKE DELETE ON posts FROM CURRENT_USER',
      `SELECT relacl::text FROM pg_class WHERE oid = 'posts'::regclass`,
      'GRANT DELETE ON posts TO CURRENT_USER',
    ],
    [
      'how its long texts are stored',
      'ALTER TABLE posts SET (toast.autovacuum_enabled = false)',
      `SELECT t.reloptions FROM pg_class p JOIN pg_class t ON t.oid = p.reltoastrelid WHERE p.oid = 'posts'::regclass`,
      'ALTER TABLE posts RESET (toast.autovacuum_enabled)',
    ],
    [
      'an event trigger against it',
      `CREATE FUNCTION stay() RETURNS event_trigger LANGUAGE plpgsql AS
         'BEGIN IF tg_tag = ''DROP TABLE'' THEN RAISE ''no table goes''; END IF; END';
       CREATE EVENT TRIGGER staying ON sql_drop EXECUTE FUNCTION stay()`,
      'SELECT evtname FROM pg_event_trigger',
      'DROP EVENT TRIGGER staying; DROP FUNCTION stay',
    ],
    [
      'a grant on a column',
      `GRANT SELECT (content) ON posts TO ${ROLE}`,
      `SELECT attacl::text FROM pg_attribute WHERE attrelid = 'posts'::regclass AND attacl IS NOT NULL`,
      `REVOKE SELECT (content) ON posts FROM ${ROLE}`,
    ],
    [
      'a trigger that is switched off',
      'ALTER TABLE posts DISABLE TRIGGER USER',
      `SELECT DISTINCT tgenabled FROM pg_trigger WHERE tgrelid = 'posts'::regclass ORDER BY 1`,
      'ALTER TABLE posts ENABLE TRIGGER USER',
    ],
    [
      'a function of its rows',
      `CREATE FUNCTION shout(posts) RETURNS text LANGUAGE sql AS 'SELECT upper($1.content)'`,
      'SELECT count(shout(p)) FROM posts p',
      'DROP FUNCTION shout(posts)',
    ],
    [
      'an estimate that was set by hand',
      'ALTER TABLE posts ALTER COLUMN user_id SET (n_distinct = 50)',
      `SELECT attoptions FROM pg_attribute WHERE array_to_string(attoptions, ' ') ~ 'n_distinct=50'`,
      'ALTER TABLE posts ALTER COLUMN user_id RESET (n_distinct)',
    ],
    [
      'privileges that each new table gets',
      `ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO ${ROLE}`,
      'SELECT defaclacl::text FROM pg_default_acl',
      `ALTER DEFAULT PRIVILEGES REVOKE SELECT ON TABLES FROM ${ROLE}`,
    ],
  ];
  for (const [what, make, look, unmake] of cases) {
    it(`because of ${what} are filled through staged ones`, async () => {
      const { sql } = database;
      await sql.unsafe(make);
      const earlier = [await belongings(sql), await indexDefinitions(sql)];
      assert.equal(await isReplacing(sql, seed(sql, PLAN)), false);
      assert.deepEqual([await belongings(sql), await indexDefinitions(sql)], earlier);
      const { users, posts } = await rowCounts(sql);
      assert.deepEqual([users, posts], [PLAN.users, PLAN.posts]);
      const [seen] = (await sql.unsafe(look).values()) as unknown[][];
      assert.ok(seen?.[0], `${what} is still there`);
      assert.deepEqual(await scratchSchemas(sql), []);
      await sql.unsafe(unmake);
      await empty(sql);
    });
  }

  it('where there are too few connections are filled through staged ones', async () => {
    const { sql, url } = database;
    await asAdmin(`ALTER ROLE ${ROLE} CONNECTION LIMIT 2`);
    const its = await giveTables(sql, url);
    await asAdmin(`GRANT CREATE ON DATABASE ${new URL(url).pathname.slice(1)} TO ${ROLE}`);
    const pool = openPostgres(its, { timeoutMs: 60_000 });
    assert.equal(await isReplacing(sql, seed(pool, PLAN)), false);
    await pool.end({ timeout: 1 });
    assert.equal((await rowCounts(sql)).posts, PLAN.posts);
    assert.deepEqual(await scratchSchemas(sql), []);
    await takeTables(sql);
    await asAdmin(`ALTER ROLE ${ROLE} CONNECTION LIMIT -1`);
  });

  it('by a role that may not make schemas are filled through staged ones', async () => {
    const { sql, url } = database;
    const pool = openPostgres(await giveTables(sql, url), { timeoutMs: 60_000 });
    assert.equal(await isReplacing(sql, seed(pool, PLAN)), false);
    await pool.end({ timeout: 1 });
    assert.equal((await rowCounts(sql)).posts, PLAN.posts);
    await takeTables(sql);
  });

  /** @returns the URL for the role, which owns the tables now */
  async function giveTables(sql: Sql, url: string): Promise<string> {
    await sql.unsafe(`GRANT CREATE ON SCHEMA public TO ${ROLE};
                      GRANT ALL ON ALL TABLES IN SCHEMA public TO ${ROLE}`);
    for (const table of ['users', 'posts', 'comments', 'followers', 'likes', 'post_counters']) {
      await sql.unsafe(`ALTER TABLE ${table} OWNER TO ${ROLE}`);
    }
    const its = new URL(url);
    [its.username, its.password] = [ROLE, 'twins'];
    return its.href;
  }

  async function takeTables(sql: Sql): Promise<void> {
    await sql.unsafe(`REASSIGN OWNED BY ${ROLE} TO CURRENT_USER; DROP OWNED BY ${ROLE}`);
    await empty(sql);
  }
});

describe('a load into empty tables', () => {
  const database = useDatabase();
  const folder = join(useFolder(), 'out');

  /** Does something once, at the beginning of a step or when it has come so far. */
  function at(name: string, work: () => void, far = 0): Pick<LoadOptions, 'onProgress'> {
    let done = false;
    return {
      onProgress({ step, rows }) {
        if (step !== name || rows < far || done) return;
        done = true;
        work();
      },
    };
  }

  async function assertNothing(sql: Sql): Promise<void> {
    assert.deepEqual(await rowCounts(sql), NOTHING);
    assert.deepEqual(await scratchSchemas(sql), []);
  }

  it('is refused where there are rows of nobody, which it would lose', async () => {
    const { sql } = database;
    await sql.unsafe(`
      ALTER TABLE posts DROP CONSTRAINT posts_user_id_fkey;
      INSERT INTO posts (user_id, content) VALUES (gen_random_uuid(), 'of nobody');`);
    await assert.rejects(seed(sql, PLAN), { code: 'not-empty' });
    assert.deepEqual(await rowCounts(sql), { ...NOTHING, posts: 1 });
    await sql.unsafe(`
      DELETE FROM posts;
      ALTER TABLE posts ADD CONSTRAINT posts_user_id_fkey
        FOREIGN KEY (user_id) REFERENCES users ON DELETE CASCADE;`);
  });

  it('gives the rows to a reader who waited for them', async () => {
    const { sql } = database;
    let reading: PromiseLike<{ count: number }[]> | undefined;
    const steps = at('followers', () => {
      reading = sql.begin(async (transaction) => {
        await transaction`SET LOCAL lock_timeout = 0`;
        return transaction<{ count: number }[]>`SELECT count(*) FROM posts`;
      });
    });
    await seed(sql, PLAN, steps);
    assert.equal((await reading)?.[0]?.count, PLAN.posts);
    await empty(sql);
  });

  for (const step of ['posts', 'followers', 'users', 'indexes', 'statistics']) {
    it(`leaves nothing when it is interrupted at the ${step}`, async () => {
      const { sql } = database;
      const interruption = new AbortController();
      const interrupt = at(step, () => interruption.abort());
      await assert.rejects(
        seed(sql, PLAN, { ...interrupt, interrupted: interruption.signal }),
        InterruptedError,
      );
      await assertNothing(sql);
    });
  }

  const victims: [what: string, where: string][] = [
    [
      'the transaction that holds the tables',
      `pid IN (SELECT pid FROM pg_locks WHERE relation = 'public.posts'::regclass
                                           AND mode = 'AccessExclusiveLock')`,
    ],
    [
      'what fills a table',
      `pid IN (SELECT pid FROM pg_locks JOIN pg_class ON pg_class.oid = relation
                WHERE mode = 'AccessExclusiveLock'
                  AND relnamespace::regnamespace::text ~ '^socialdb_scratch_')`,
    ],
  ];
  for (const [what, where] of victims) {
    it(`leaves nothing when the server ends ${what}`, async () => {
      const { sql } = database;
      const admin = openPostgres(database.url, { timeoutMs: 60_000, max: 1, keep: true });
      await admin`SELECT`;
      const loading = seed(sql, completePlan({ users: 500, posts: 30_000 }));
      let over = false;
      const failing = assert.rejects(loading.finally(() => (over = true)));
      // Again and again: one that is just committing is not hurt by it.
      while (!over) {
        await admin.unsafe(`
          SELECT pg_terminate_backend(pid) FROM pg_stat_activity
           WHERE datname = current_database() AND pid <> pg_backend_pid() AND ${where}`);
      }
      await failing;
      await admin.end({ timeout: 1 });
      assert.deepEqual(await rowCounts(sql), NOTHING);
      await seed(sql, PLAN);
      assert.deepEqual(await scratchSchemas(sql), []);
      await empty(sql);
    });
  }

  it('is undone when a privilege is given meanwhile that it would lose', async () => {
    const { sql } = database;
    const setAcl = (acl: string) =>
      sql
        .unsafe(`
          UPDATE pg_attribute SET attacl = ${acl}
           WHERE attrelid = 'public.posts'::regclass AND attname = 'content'`)
        .execute();
    // What GRANT does before version 18, without a lock on the table.
    let granting: Promise<unknown> | undefined;
    const grant = at('users', () => {
      granting = setAcl(
        `ARRAY[makeaclitem('${ROLE}'::regrole, current_user::regrole, 'SELECT', false)]`,
      );
    });
    await assert.rejects(seed(sql, PLAN, grant), { code: 'tables-changed' });
    await granting;
    await assertNothing(sql);
    await setAcl('NULL');
  });

  it('is not hindered by one who fills other tables, nor by the look of a doctor', async () => {
    const { sql } = database;
    const looking: Promise<unknown>[] = [];
    const large = completePlan({ users: 500, posts: 30_000 });
    const look = at('posts', () => looking.push(abandonedSchemas(sql), dropAbandoned(sql)), 1_000);
    await seed(sql, large, look);
    const [abandoned] = await Promise.all(looking);
    assert.deepEqual([...(abandoned as unknown[])], []);
    await empty(sql);
  });

  it('tells what cannot be kept, and keeps the rest', async () => {
    const { sql } = database;
    await seed(sql, PLAN);
    await exportJsonl(sql, folder);
    const file = join(folder, 'users.jsonl');
    const [first = '', second = '', ...others] = readFileSync(file, 'utf8').split('\n');
    const twice = { ...JSON.parse(second), username: JSON.parse(first).username };
    writeFileSync(file, [first, JSON.stringify(twice), ...others].join('\n'));
    await empty(sql);
    const earlier = await indexDefinitions(sql);
    const { users, reasons } = await importJsonl(sql, folder);
    assert.equal(users, PLAN.users - 1);
    assert.equal(reasons['user-username-twice'], 1);
    assert.deepEqual(await indexDefinitions(sql), earlier);
    assert.deepEqual(await scratchSchemas(sql), []);
  });
});
