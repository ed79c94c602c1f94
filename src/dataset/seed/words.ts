import { createHash } from 'node:crypto';
import { faker } from '@faker-js/faker/locale/en';
import { createDice, type Dice, shuffled } from './dice.js';

/** What people say and are called. All of it is drawn beforehand: Faker takes its time per sentence. */
export interface Words {
  /** A name that no other index has, without regard to case. */
  username(index: number): string;
  post(index: number): { content: string; metadata: string };
  comment(index: number): string;
}

type Faker = typeof faker;

const SENTENCES_PER_TOPIC = 120;
const REPLIES = 240;
const NAMES = 400;

/** The first users, so that examples and demos have somebody to name. */
const CAST = ['alice', 'bob', 'carol', 'dave', 'erin', 'frank', 'grace', 'heidi'];

const TOPICS: Readonly<Record<string, (faker: Faker) => string>> = {
  code: (f) => sentence(f.hacker.phrase()),
  work: (f) =>
    sentence(`We ${f.company.buzzVerb()} ${f.company.buzzNoun()}: ${f.company.catchPhrase()}`),
  food: (f) => f.food.description(),
  music: (f) => `Listening to ${f.music.songName()} by ${f.music.artist()} again.`,
  books: (f) => `Just finished ${f.book.title()} by ${f.book.author()}.`,
  travel: (f) => `Greetings from ${f.location.city()}, ${f.location.country()}!`,
  nature: (f) => `Saw a ${f.animal.type()} today, quite ${f.word.adjective()}.`,
  shop: (f) => sentence(`${f.commerce.productName()}: ${f.commerce.productDescription()}`),
};

/** Tags with their topics, the most frequent first. */
const TAGS: readonly [tag: string, topic: string][] = [
  ['coding', 'code'],
  ['news', 'work'],
  ['music', 'music'],
  ['food', 'food'],
  ['travel', 'travel'],
  ['databases', 'code'],
  ['books', 'books'],
  ['nature', 'nature'],
  ['startups', 'work'],
  ['recipes', 'food'],
  ['typescript', 'code'],
  ['photography', 'travel'],
  ['gadgets', 'shop'],
  ['postgresql', 'code'],
  ['wildlife', 'nature'],
  ['vinyl', 'music'],
  ['security', 'code'],
  ['jobs', 'work'],
  ['hiking', 'travel'],
  ['poetry', 'books'],
  ['redis', 'code'],
  ['baking', 'food'],
  ['mongodb', 'code'],
  ['birding', 'nature'],
];
const CLIENTS = ['web', 'phone', 'tablet', 'cli'];

/** @param seed any text */
export function createWords(seed: string): Words {
  faker.seed(createHash('sha256').update(`words\0${seed}`).digest().readUInt32LE(0));
  const sentences = new Map(
    Object.entries(TOPICS).map(([topic, make]) => [
      topic,
      draw(SENTENCES_PER_TOPIC, () => make(faker)),
    ]),
  );
  const replies = draw(REPLIES, () => reply(faker));
  const dice = createDice(seed, 'words');
  return {
    username: usernames(seed),
    post(index) {
      const tags = tagsOf(dice, index);
      const [, topic] = TAGS[tags[0] ?? dice.below(TAGS.length, index, 5)] ?? ['', 'code'];
      const pool = sentences.get(topic) ?? [];
      const first = pool[dice.below(pool.length, index, 6)] ?? '';
      const second = dice.unit(index, 7) < 0.4 ? ` ${pool[dice.below(pool.length, index, 8)]}` : '';
      const client = CLIENTS[dice.below(CLIENTS.length, index, 9)];
      // As JSON.stringify has it: a tenth of the time of a seed.
      const list = tags.map((tag) => `"${TAGS[tag]?.[0]}"`).join(',');
      return { content: first + second, metadata: `{"tags":[${list}],"client":"${client}"}` };
    },
    comment: (index) => replies[dice.below(replies.length, index, 10)] ?? '',
  };
}

/** None to three different tags, as positions in the list. */
function tagsOf(dice: Dice, index: number): number[] {
  const amount = Math.floor(dice.unit(index, 0) * 3.5);
  const tags = new Set<number>();
  for (let draw = 1; draw <= amount; draw++) tags.add(frequent(dice.unit(index, draw)));
  return [...tags];
}

/** A position in the list; the first r of n make up sqrt(r/n) of all tags. */
function frequent(unit: number): number {
  return Math.floor(TAGS.length * unit * unit);
}

/** Pairs of first and last names, each once before any comes again with a number. */
function usernames(seed: string): (index: number) => string {
  const plain = (name: string) => name.toLowerCase().replace(/[^a-z]/g, '');
  const firsts = draw(NAMES, () => plain(faker.person.firstName()));
  const lasts = draw(NAMES, () => plain(faker.person.lastName()));
  const pairs = firsts.length * lasts.length;
  const dice = createDice(seed, 'usernames');
  const pairOf = shuffled(seed, 'usernames', pairs);
  return (index) => {
    const known = CAST[index];
    if (known) return known;
    const pair = pairOf(index % pairs);
    const round = Math.floor(index / pairs);
    const between = dice.unit(index, 0) < 0.5 ? '.' : '_';
    const first = firsts[Math.floor(pair / lasts.length)];
    return `${first}${between}${lasts[pair % lasts.length]}${round > 0 ? round + 1 : ''}`;
  };
}

function reply(f: Faker): string {
  const adjective = f.word.adjective();
  const makers = [
    () => `${capital(f.word.interjection())}, that is ${adjective}!`,
    () => `A ${adjective} point, thanks.`,
    () => `Not sure about the ${f.word.noun()}, but the rest is ${adjective}.`,
    () => `${f.person.firstName()} told me the same about the ${f.word.noun()}.`,
    () => `Reminds me of ${f.location.city()}.`,
    () => `How ${adjective}! Where can I read more?`,
  ];
  return f.helpers.arrayElement(makers)();
}

/** Different values, as many as can be drawn in some time. */
function draw(amount: number, make: () => string): string[] {
  const values = new Set<string>();
  for (let tries = 0; values.size < amount && tries < amount * 10; tries++) values.add(make());
  return [...values];
}

function sentence(text: string): string {
  return capital(/[.!?]$/.test(text) ? text : `${text}.`);
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
