import assert from 'node:assert/strict';
import type { Diagnosis, Finding } from '../../src/doctor/check.js';
import { diagnose } from '../../src/doctor/diagnose.js';
import { openStores } from '../support/stores.js';

type Urls = Parameters<typeof openStores>[0];

/** What one check of the doctor finds now, with connections of its own. */
export async function findingOf(urls: Urls, name: string): Promise<Diagnosis> {
  const stores = openStores(urls);
  try {
    const { checks } = await diagnose(stores, { only: [name] });
    const [check, ...others] = checks;
    assert.equal(others.length, 0);
    return check ?? assert.fail(`no check ${name}`);
  } finally {
    await stores.close();
  }
}

/** A bad state: how it comes about, what the doctor says, and how it ends. */
export interface Illness {
  readonly check: string;
  readonly what: string;
  readonly status: Finding['status'];
  readonly detail: RegExp;
  readonly fix: RegExp;
  readonly break: readonly string[];
  readonly mend: readonly string[];
}

/** @param run runs one SQL statement */
export async function assertFound(
  urls: Urls,
  { check, status, detail, fix, break: damage, mend }: Illness,
  run: (statement: string) => Promise<unknown>,
): Promise<void> {
  assert.equal((await findingOf(urls, check)).status, 'ok');
  for (const statement of damage) await run(statement);
  const ill = await findingOf(urls, check);
  for (const statement of mend) await run(statement);
  assert.equal(ill.status, status, ill.detail);
  assert.match(ill.detail, detail);
  assert.match(ill.fix ?? '', fix);
  const well = await findingOf(urls, check);
  assert.equal(well.status, 'ok', well.detail);
  assert.equal(well.fix, null);
}
