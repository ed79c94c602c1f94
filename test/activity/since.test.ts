import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { sinceOf } from '../../src/activity/since.js';

const NOW = Date.parse('2026-11-23T15:09:15.123Z');

describe('--since', () => {
  for (const [text, time] of Object.entries({
    '45s': '2026-11-23T15:08:30.123000Z',
    '30m': '2026-11-23T14:39:15.123000Z',
    '2h': '2026-11-23T13:09:15.123000Z',
    '3D': '2026-11-20T15:09:15.123000Z',
    '1w': '2026-11-16T15:09:15.123000Z',
    '2026-11-23': '2026-11-23T00:00:00.000000Z',
    '2026-11-23T15:09': '2026-11-23T15:09:00.000000Z',
    '2026-11-23 15:09:15': '2026-11-23T15:09:15.000000Z',
    '2026-11-23T15:09:15.123456Z': '2026-11-23T15:09:15.123456Z',
    '2026-11-23T15:09:15.1+02:00': '2026-11-23T13:09:15.100000Z',
  })) {
    it(`takes ${text}`, () => assert.equal(sinceOf(text, NOW), time));
  }

  for (const text of [
    '',
    '2',
    '2x',
    '-2h',
    '1e3s',
    'yesterday',
    '2026-13-01',
    '2026-11-23T25:00',
  ]) {
    it(`refuses '${text}'`, () => assert.equal(sinceOf(text, NOW), undefined));
  }
});
