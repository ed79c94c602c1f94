import type { Explanation } from '../../../tuning/explanation.js';
import type { Finding, Report } from '../../../tuning/report/report.js';
import { copiesLine, waysLine } from '../../explanation.js';
import { count } from '../../text.js';
import { type Block, type Section, text } from '../document.js';
import { findings, legsChart, legsTable } from '../legs.js';

/** @param ask what the section asks, in a sentence or two */
export function comparisonSection(
  title: string,
  ask: string,
  finding: Finding<Explanation>,
): Section {
  return { title, blocks: [text(ask), ...comparisonBlocks(finding, title)] };
}

function comparisonBlocks(finding: Finding<Explanation>, caption: string): Block[] {
  if ('reason' in finding) return [text(`Not measured: ${finding.reason}.`)];
  const { technique, passedOver, sameRows, runs, indexes, strategy, estimated, copies } =
    finding.measured;
  const ways = waysLine(finding.measured);
  const how = [
    strategy && !ways && `strategy ${strategy}`,
    `without and with ${indexes.join(' and ')}`,
    ways,
    `${technique}`,
    ...(estimated
      ? ['nothing was executed']
      : [
          `${runs} runs of each leg in turns`,
          sameRows ? 'both legs gave the same rows' : 'the rows could not be compared',
        ]),
    copies.length > 0 && copiesLine(copies),
    ...passedOver.map(({ name, reason }) => `not ${name}, ${reason}`),
  ];
  return [
    text(`${how.filter(Boolean).join('; ')}.`),
    legsTable(finding.measured),
    legsChart(finding.measured, `${caption}: median time, less is better`),
    text(findings(finding.measured)),
  ];
}

export function searchSection({ searches }: Report): Section {
  const blocks = searches.flatMap(({ tag, search }) => [
    text(`The tag ${tag.tag}, which ${count(tag.posts)} of the newest 5,000 posts have:`),
    ...comparisonBlocks(search, `Search for ${tag.tag}`),
  ]);
  return {
    title: 'The GIN index: search by a tag',
    blocks: [
      text(
        'metadata @> {"tags": […]} asks which documents contain a value. A GIN index has an entry for each value with the posts that hold it: for a rare tag it leads straight to them. For a frequent tag the planner may rather walk the newest posts until the page is full.',
      ),
      ...(blocks.length > 0 ? blocks : [text('Not measured: no post has a tag.')]),
    ],
  };
}
