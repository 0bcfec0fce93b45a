/** How long something works before others have their turn, in milliseconds. */
const turnMs = 20;

/** Awaited between pieces of work: where it has taken long, what else waits in this process has its turn. */
export type Turn = () => Promise<void> | undefined;

/** For work of many pieces, so that a chat which does it can be drawn and used meanwhile. */
export function takeTurns(): Turn {
  let since = performance.now();
  return () => (performance.now() - since < turnMs ? undefined : pause());
  async function pause(): Promise<void> {
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    since = performance.now();
  }
}
