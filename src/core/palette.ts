export type Paint = (text: string) => string;

/** The few colours in use, or none. */
export function palette(on: boolean): Record<'red' | 'green' | 'yellow' | 'dim' | 'bold', Paint> {
  const code =
    (start: number, end: number): Paint =>
    (text) =>
      on ? `\u001b[${start}m${text}\u001b[${end}m` : text;
  return { red: code(31, 39), green: code(32, 39), yellow: code(33, 39), dim: code(2, 22), bold: code(1, 22) };
}
