import { InvalidArgumentError } from 'commander';

/** Parses a whole number between `min` and `max`; for commander's option and argument parsers. */
export function integer(min: number, max: number) {
  return (text: string): number => {
    const value = /^[+-]?\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
  };
}

/** Collects an option that may be given several times. */
export function collect(text: string, before: string[] = []): string[] {
  return [...before, text];
}

const FACTORS: Record<string, number> = { '': 1, k: 1_000, m: 1_000_000 };
const FEWEST_POSTS = 100;
const MOST_POSTS = 20_000_000;

/** Parses `10k,100k,1M`: numbers of posts, ascending. */
export function postCounts(text: string): number[] {
  const numbers = text.split(',').map((part) => {
    const { digits, unit = '' } =
      /^(?<digits>\d{1,9})(?<unit>[kKmM]?)$/.exec(part.trim())?.groups ?? {};
    return Number(digits) * (FACTORS[unit.toLowerCase()] ?? Number.NaN);
  });
  if (numbers.every((posts) => posts >= FEWEST_POSTS && posts <= MOST_POSTS)) {
    return [...new Set(numbers)].sort((a, b) => a - b);
  }
  throw new InvalidArgumentError(
    'It must be numbers of posts from 100 to 20M, such as 10k,100k,1M.',
  );
}
