import { Text, Transform } from 'ink';

/**
 * Lines as they are, none of them wider than the terminal. Ink would measure all of their text anew in every frame, and
 * keep each version of it for good: so it lays out one letter for each line, and is given the lines when it writes.
 */
export function DrawnLines({ lines }: { readonly lines: readonly string[] }) {
  if (lines.length === 0) return null;
  return (
    <Transform transform={(_, at) => lines[at] ?? ''}>
      <Text>{Array(lines.length).fill('.').join('\n')}</Text>
    </Transform>
  );
}
