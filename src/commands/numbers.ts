import { InvalidArgumentError } from 'commander';

/** A number of things, as an option. @throws InvalidArgumentError */
export function count(text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 1) throw new InvalidArgumentError('expected a whole number from 1.');
  return number;
}

/** Seconds, or money, as an option. @throws InvalidArgumentError */
export function amount(text: string): number {
  const number = Number(text);
  if (!Number.isFinite(number) || number <= 0) throw new InvalidArgumentError('expected a number above 0.');
  return number;
}

/** A part of a whole, as an option. @throws InvalidArgumentError */
export function share(text: string): number {
  const number = Number(text);
  if (text.trim() === '' || !(number >= 0 && number <= 1)) {
    throw new InvalidArgumentError('expected a number from 0 to 1.');
  }
  return number;
}
