import { type Command, InvalidArgumentError, Option } from 'commander';
import { EVENT_TYPES, type EventType } from '../activity/event.js';
import { PEAK_SCORE } from '../activity/peaks.js';
import { sinceOf } from '../activity/since.js';
import { BUCKETS } from '../activity/store.js';
import { type AddCommands, examples } from './group.js';
import { integer } from './values.js';

const MOST_LINES = 100_000;

export const addActivityCommands: AddCommands = (program, tie) => {
  const activity = program
    .command('activity')
    .description('the stream of what happened, in MongoDB (in PostgreSQL where there is none)')
    .addHelpText(
      'after',
      examples('socialdb activity tail -n 5', 'socialdb activity stats --by day'),
    );

  filtered(activity.command('tail'))
    .description('the newest events, oldest first')
    .option(
      '-n, --lines <count>',
      'how many (default: 20, all with --since)',
      integer(0, MOST_LINES),
    )
    .option('-f, --follow', 'go on with each event as it arrives, until Ctrl-C')
    .addHelpText(
      'after',
      examples('socialdb activity tail --follow', 'socialdb activity tail --user alice --since 2h'),
    )
    .action(tie(() => import('../commands/activity/tail.js')));

  filtered(activity.command('stats'))
    .description('counts by time and type, with the peaks marked')
    .addOption(
      new Option('--by <bucket>', 'the bucket (default: what suits the stretch)').choices(BUCKETS),
    )
    .option('--csv', 'a line for each bucket, for spreadsheets')
    .addHelpText(
      'after',
      `\nA peak's modified z-score, 0.6745 (x - median) / MAD, is ${PEAK_SCORE} or more.` +
        '\nMAD is the median distance from the median; empty buckets count as 0.\n' +
        examples(
          'socialdb activity stats --by hour --since 2d',
          'socialdb activity stats --type posted',
        ),
    )
    .action(tie(() => import('../commands/activity/stats.js')));

  activity
    .command('relay')
    .description('carry what waits in the outbox to the activity store')
    .option('--watch', 'go on until told to stop, with a line of status a minute')
    .option('--retry', 'try again what the store refused and was set aside')
    .addHelpText('after', examples('socialdb activity relay', 'socialdb activity relay --watch'))
    .action(tie(() => import('../commands/activity/relay.js')));

  activity
    .command('verify')
    .description('compare the stream with the tables: each row has its event, each event its row')
    .option('--repair', 'write the events that are missing')
    .addHelpText(
      'after',
      `
An event that waits in the outbox is not missing. An event whose row is gone is
fine where an unfollow, an unlike or a deletion tells of it; --repair writes one,
dated now, where none does. Writers go on meanwhile. Exit 1 when something is
wrong that was not repaired.
${examples('socialdb activity verify', 'socialdb activity verify --repair --json')}`,
    )
    .action(tie(() => import('../commands/activity/verify.js')));
};

/** The options that choose events. */
function filtered(command: Command): Command {
  return command
    .option('--user <user>', 'what this user did')
    .addOption(
      new Option(
        '--type <type>',
        `one kind only, may be repeated: ${EVENT_TYPES.join(', ')}`,
      ).argParser(eventTypes),
    )
    .option(
      '--since <when>',
      '45s, 30m, 2h, 3d, 1w ago, or a time such as 2026-11-23T15:09',
      since,
    );
}

function eventTypes(text: string, before: readonly EventType[] = []): EventType[] {
  const type = EVENT_TYPES.find((known) => known === text);
  if (type) return [...before, type];
  throw new InvalidArgumentError(`It must be one of ${EVENT_TYPES.join(', ')}.`);
}

function since(text: string): string {
  const time = sinceOf(text, Date.now());
  if (time) return time;
  throw new InvalidArgumentError('It must be like 30m, 2h, 3d, or an ISO 8601 time.');
}
