import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { explanationPage } from '../../../src/output/page/explanation-page.js';
import { explainFeed, explainSql } from '../../../src/tuning/subjects.js';
import { BROWSER, visit } from '../../support/browser.js';
import { useDatabase } from '../../support/database.js';
import { addNetwork } from '../../support/network.js';

const PATIENT = { limitMs: 60_000 };
const ELSEWHERE = 'http://elsewhere.invalid/seen.png';
const skip = BROWSER ? false : 'no Chromium on PATH';

describe('the page of an explanation', () => {
  const database = useDatabase();
  let page = '';
  before(async () => {
    await addNetwork(database.sql, { users: 300, follows: 4_000, posts: 20_000, seed: 0.1 });
    page = explanationPage(await explainFeed(database.sql, { ...PATIENT, compareIndex: true }));
  });

  it('names nothing that a browser would load', () => {
    const markup = page.replace(/<script>[\s\S]*?<\/script>/g, '');
    assert.doesNotMatch(markup, /<(?:link|img|iframe|object|embed|script)[^>]*\b(?:src|href)=/i);
    const loads = markup.match(/@import|url\((?!\s*["']?(?:data:|#))/i);
    assert.equal(loads, null);
    const [, policy = ''] =
      /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(page) ?? [];
    assert.match(policy, /default-src &#39;none&#39;/);
    assert.match(policy, /script-src &#39;sha256-/);
    assert.doesNotMatch(policy, /https?:|\*|connect-src|unsafe-eval/);
  });

  it('has the table, the hints and the statement without any script', () => {
    assert.match(page, /<td>with<\/td>\s*<td>Index Only Scan using/);
    assert.match(page, /same rows in both legs/);
    assert.match(page, /<h2>What to do<\/h2>/);
  });

  it('shows text of the database as text', async () => {
    const text = `SELECT '</script><script>document.title = "obeyed"</script><!--' AS "<b>"`;
    const explained = await explainSql(database.sql, '<i>.sql', text, PATIENT);
    const hostile = explanationPage(explained);
    assert.equal(hostile.match(/<\/script>/g)?.length, 2);
    assert.ok(hostile.includes('<h1>&lt;i&gt;.sql</h1>'));
  });

  it('draws both plans, each with its own time, and asks nobody for anything', {
    skip,
  }, async () => {
    const { dom, requests } = await visit(page);
    assert.deepEqual(requests, []);
    const drawn = [...dom.matchAll(/Execution time:(?<time>[\s\S]{0,120}?ms)/g)].map(({ groups }) =>
      groups?.time?.replace(/<[^>]*>/g, '').trim(),
    );
    assert.equal(drawn.length, 2);
    assert.equal(new Set(drawn).size, 2);
    assert.match(dom, /Seq Scan/);
  });

  it('would not let a picture through that somebody smuggles in', { skip }, async () => {
    const picture = `<img src="${ELSEWHERE}">`;
    const open = await visit(`<!doctype html><title>without a policy</title>${picture}`);
    assert.ok(open.requests.some((url) => url.includes('elsewhere.invalid')));
    const closed = await visit(page.replace('<main', `${picture}<main`));
    assert.deepEqual(closed.requests, []);
  });
});
