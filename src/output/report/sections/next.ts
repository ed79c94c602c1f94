import type { Report } from '../../../tuning/report/report.js';
import { priceText, trialText } from '../../advice.js';
import { bytes } from '../../text.js';
import { command, type Section, text } from '../document.js';

/** Everything that the hints and the advice name, each with its command. */
export function nextSection(report: Report): Section {
  const explained = [report.feed, ...report.searches.map(({ search }) => search)].flatMap(
    (finding) => ('measured' in finding ? [finding.measured] : []),
  );
  const hints = explained.flatMap(({ hints }) => hints);
  const { add, drop } = report.advice;
  const todo: [sentence: string, line: string | null][] = [
    ...hints.map((hint): [string, string | null] => [
      `${hint.node} ${hint.evidence}: ${hint.change}.`,
      hint.command,
    ]),
    ...add.map((addition): [string, string] => [
      `An index on ${addition.on}: ${[trialText(addition), priceText(addition)].filter(Boolean).join('; ')}.`,
      addition.command,
    ]),
    ...drop.map(({ name, sizeBytes, reason, command: line }): [string, string] => [
      `${name} (${bytes(sizeBytes)}) can go: ${reason}.`,
      line,
    ]),
  ];
  const once = [...new Map(todo.map((item) => [item.join(' '), item])).values()];
  return {
    title: 'What to do next',
    blocks:
      once.length === 0
        ? [text('Nothing: no rule finds anything to change in the plans that were measured.')]
        : once.flatMap(([sentence, line]) => [text(sentence), ...(line ? [command(line)] : [])]),
  };
}
