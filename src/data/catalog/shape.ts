import type { ValueCount } from '../../core/catalog.ts';

/** Finds out what form the texts of a column have. */
export interface ShapeCounter {
  /** @param length of the whole text, of which `text` is the beginning */
  take(text: string, length: number): void;
  result(): ValueCount[];
}

/** Texts that are looked at; more would tell the same. */
const maxLooked = 5000;
const maxLength = 40;
const maxShapes = 200;
const shownShapes = 3;

/**
 * Counts the forms of texts, exactly (`AA-9999`) and loosely (`A+-9+`). The exact ones are told when most texts have
 * one of few forms, else the loose ones, else none: then the texts have no form.
 */
export function shapeCounter(): ShapeCounter {
  const exact = new Map<string, number>();
  const loose = new Map<string, number>();
  let looked = 0;
  const add = (counts: Map<string, number>, shape: string) => {
    const count = counts.get(shape);
    if (count !== undefined || counts.size < maxShapes) counts.set(shape, (count ?? 0) + 1);
  };
  return {
    take(text, length) {
      if (looked === maxLooked) return;
      looked += 1;
      if (length > maxLength || text === '') return;
      const shape = shapeOf(text);
      add(exact, shape);
      add(loose, shape.replace(/([Aa9])\1+/g, '$1+'));
    },
    result() {
      for (const counts of [exact, loose]) {
        const top = [...counts].sort(([one, a], [other, b]) => b - a || (one < other ? -1 : 1)).slice(0, shownShapes);
        const covered = top.reduce((sum, [, count]) => sum + count, 0);
        if (looked > 0 && covered >= looked * mostOf) return top.map(([value, count]) => ({ value, count }));
      }
      return [];
    },
  };
}

const mostOf = 0.6;

/** Each letter by its case, each digit as 9, everything else as it is. */
function shapeOf(text: string): string {
  return text
    .replace(/\p{Nd}/gu, '9')
    .replace(/\p{Lu}/gu, 'A')
    .replace(/[\p{Ll}\p{Lo}\p{Lt}\p{Lm}]/gu, 'a');
}
