export type Ink = typeof import('./screen.tsx');

/** In a terminal that a CI system offers, Ink would draw nothing but the last frame. */
export async function loadInk(): Promise<Ink> {
  const { CI } = process.env;
  process.env.CI = 'false';
  try {
    return await import('./screen.tsx');
  } finally {
    if (CI === undefined) delete process.env.CI;
    else process.env.CI = CI;
  }
}
