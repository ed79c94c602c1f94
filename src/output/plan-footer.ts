import { wrapAnsi } from 'fast-wrap-ansi';
import * as v from 'valibot';
import type { Plan } from '../tuning/plan.js';
import type { Screen } from './screen.js';
import { bytes, count, milliseconds, plural } from './text.js';

const PAGE_BYTES = 8192;

const beside = v.object({
  Settings: v.fallback(v.record(v.string(), v.string()), {}),
  JIT: v.fallback(v.object({ Timing: v.object({ Total: v.number() }) }), { Timing: { Total: 0 } }),
  Serialization: v.fallback(
    v.object({ Time: v.optional(v.number(), 0), 'Output Volume': v.number() }),
    { Time: 0, 'Output Volume': 0 },
  ),
  Triggers: v.fallback(
    v.array(v.object({ 'Trigger Name': v.string(), Time: v.number(), Calls: v.number() })),
    [],
  ),
});

const log = v.object({
  'WAL Records': v.fallback(v.number(), 0),
  'WAL Bytes': v.fallback(v.number(), 0),
});

/** What belongs to the whole execution: its times, buffers, WAL, JIT, triggers, settings. */
export function planFooter(
  { root, executionMs, planningMs, buffers, fields }: Plan,
  screen: Screen,
): string {
  const { Settings, JIT, Serialization, Triggers } = v.parse(beside, fields);
  // A statement that only reads writes to it where it tidies the pages that it comes by.
  const wal = v.parse(log, root.fields);
  const touched = buffers.hit + buffers.read;
  const first = [
    executionMs === undefined ? 'not executed' : `execution ${milliseconds(executionMs)}`,
    planningMs !== undefined && `planning ${milliseconds(planningMs)}`,
    touched > 0 && `${plural(touched, 'buffer')} (${bytes(touched * PAGE_BYTES)})`,
    buffers.read > 0 && `${count(buffers.read)} of them read from the system`,
    wal['WAL Records'] > 0 &&
      `${plural(wal['WAL Records'], 'WAL record')} (${bytes(wal['WAL Bytes'])})`,
    Serialization['Output Volume'] > 0 &&
      `serialization ${milliseconds(Serialization.Time)} (${bytes(Serialization['Output Volume'] * 1024)})`,
    JIT.Timing.Total > 0 && `JIT ${milliseconds(JIT.Timing.Total)}`,
  ];
  const triggers = Triggers.filter(({ Time }) => Time > 0).map(
    (trigger) =>
      `trigger ${trigger['Trigger Name']}: ${milliseconds(trigger.Time)}, ${plural(trigger.Calls, 'call')}`,
  );
  const settings = Object.entries(Settings).map(([name, value]) => `${name} = ${value}`);
  return [
    first.filter(Boolean).join(' · '),
    ...triggers,
    ...(settings.length > 0 ? [`settings: ${settings.join(', ')}`] : []),
  ]
    .map((line) => screen.style.dim(wrapAnsi(line, screen.columns)))
    .join('\n');
}
