import type { Command } from 'commander';
import { UsageError } from '../errors.js';
import { nearest } from '../input/nearest.js';
import type { TopicPage } from '../output/topic-page.js';
import { type AddCommands, examples } from './group.js';
import { TOPICS } from './topics.js';

/** `socialdb help`, `socialdb help index add`, `socialdb help errors`. */
export const addHelpCommand: AddCommands = (program) => {
  program
    .command('help')
    .description('the help of a command, or about a topic: errors, environment, input')
    .argument('[words...]', 'a command, such as index add, or a topic')
    .addHelpText('after', examples('socialdb help errors', 'socialdb help index add'))
    .action(async (words: string[]) => {
      const [topic = ''] = words.length === 1 ? words : [];
      if (!Object.hasOwn(TOPICS, topic)) return commandOf(program, words).outputHelp();
      const { topicPage } = await import('../output/topic-page.js');
      program.configureOutput().writeOut?.(topicPage(TOPICS[topic] as TopicPage));
    });
};

function commandOf(program: Command, words: readonly string[]): Command {
  let command = program;
  for (const word of words) {
    const next = command.commands.find((one) => one.name() === word);
    if (!next) throw unknown(command, word);
    command = next;
  }
  return command;
}

function unknown(command: Command, word: string): UsageError {
  const names = command.commands.map((one) => one.name());
  const near = nearest(word, command.parent ? names : [...names, ...Object.keys(TOPICS)]);
  const hint = near ? `did you mean ${near}?` : 'see: socialdb help';
  return new UsageError('unknown-topic', `there is no command or topic '${word}'`, hint);
}
