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
