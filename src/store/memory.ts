import type { Store } from '../core/ports.ts';
import { type ClearableStore, openClearable } from './open.ts';

/** Stores that last as long as their run. Opening one costs more than a scripted run, so they are used again. */
export interface MemoryStores {
  /** An empty store; closing it gives it back. */
  take(): Store;
}

export function memoryStores(): MemoryStores {
  const free: ClearableStore[] = [];
  return {
    take() {
      const store = free.pop() ?? openClearable(':memory:');
      return {
        ...store,
        close() {
          store.clear();
          free.push(store);
        },
      };
    },
  };
}
