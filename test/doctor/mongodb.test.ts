import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Hello, topologyFinding } from '../../src/doctor/mongodb/server.js';
import { servers, useDatabase } from '../support/database.js';
import { socialdb } from '../support/socialdb.js';
import { findingOf } from './finding.js';

const skip = servers.mongodbUrl ? false : 'no MongoDB: set SOCIALDB_TEST_MONGODB_URL';

describe("the doctor and MongoDB's", { skip }, () => {
  const database = useDatabase();
  const urls = (query = '') => {
    const url = new URL(servers.mongodbUrl ?? '');
    url.search = query;
    return { databaseUrl: database.url, mongodbUrl: url.href };
  };

  it('version and round trip', async () => {
    const finding = await findingOf(urls(), 'mongodb-reachable');
    assert.equal(finding.status, 'ok');
    assert.match(finding.detail, /MongoDB \d+\.\S+, a round trip takes/);
  });

  it('clock', async () => {
    assert.equal((await findingOf(urls(), 'mongodb-clock')).status, 'ok');
  });

  it('write concern in the URL', async () => {
    assert.equal((await findingOf(urls(), 'write-concern')).status, 'ok');
    const weak = await findingOf(urls('w=0'), 'write-concern');
    assert.equal(weak.status, 'warn');
    assert.match(weak.detail, /^w=0 in MONGODB_URL; each event waits for a majority/);
  });

  it('topology, of a server that stands alone', async () => {
    const finding = await findingOf(urls(), 'topology');
    assert.equal(finding.status, 'warn', finding.detail);
    assert.match(finding.detail, /one server/);
    // Not a command: shown without a prompt, and harmless in a shell.
    assert.match(finding.fix ?? '', /^# start it with --replSet/);
    const env = { DATABASE_URL: database.url, MONGODB_URL: servers.mongodbUrl ?? '' };
    const { stdout } = await socialdb(['doctor', '--only', 'topology'], { env });
    assert.match(stdout, /^ +# start it with --replSet/m);
  });
});

describe('a topology of MongoDB', () => {
  // The answers to `hello` of mongod 8.0; no server here is one of a replica set.
  const hello: Hello = { isWritablePrimary: true, localTime: new Date() };
  const set = { ...hello, setName: 'rs0', hosts: ['a:27017', 'b:27017', 'c:27017'] };

  it('is judged by its copies', () => {
    const statusOf = (answer: Hello, embedded = false) => topologyFinding(answer, embedded).status;
    assert.equal(statusOf(set), 'ok');
    assert.equal(statusOf({ ...set, hosts: ['a:27017', 'b:27017'] }), 'warn');
    assert.equal(statusOf({ ...set, isWritablePrimary: false }), 'fail');
    assert.equal(statusOf(hello), 'warn');
    assert.equal(statusOf(hello, true), 'ok');
  });
});
