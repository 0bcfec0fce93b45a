import type { Key } from './keys.ts';

/** Who a key is for now. A page that is on its way takes keys as soon as it can be seen. */
export type KeyPlace = 'chat' | 'page' | 'coming';

/** @param alone no other key came in the same read @returns the keys that are for somebody else by now */
export type KeyTaker = (keys: readonly Key[], alone: boolean) => readonly Key[];

export interface KeyTurnsParts {
  at(): KeyPlace;
  readonly chat: KeyTaker;
  readonly page: KeyTaker;
  /** Nobody waits for the page that is on its way any more. */
  giveUp(): void;
}

/** Gives each key to what lies on top once the keys before it have done what they do, however fast they come. */
export interface KeyTurns {
  /** Keys of one read. */
  press(keys: readonly Key[]): void;
  /** A page that was on its way is there; or it will never be, and what was typed for it is dropped. */
  came(there: boolean): void;
}

export function keyTurns({ at, chat, page, giveUp }: KeyTurnsParts): KeyTurns {
  let held: readonly Key[] = [];
  const give = (keys: readonly Key[], alone: boolean) => {
    let left = keys;
    while (left.length > 0) {
      const place = at();
      if (place === 'coming') {
        held = [...held, ...left];
        return;
      }
      left = place === 'page' ? page(left, alone) : chat(left, alone);
    }
  };
  const press = (keys: readonly Key[]) => {
    const stop = at() === 'coming' ? keys.findLastIndex(leaves) : -1;
    if (stop !== -1) giveUp();
    give(keys.slice(stop + 1), keys.length === 1);
  };
  return {
    press,
    came: (there) => {
      const keys = there ? held : [];
      held = [];
      give(keys, false);
    },
  };
}

/** A page that takes long must not keep anybody. */
function leaves(key: Key): boolean {
  return key.kind === 'key' && (key.name === 'ctrl+c' || key.name === 'ctrl+d');
}
