export type Ink = typeof import('./screen.tsx');

/** What tells Ink that nobody sees the terminal. */
const signsOfCi = ['CI', 'CONTINUOUS_INTEGRATION'];

/** In a terminal that a CI system offers, Ink would draw nothing but the last frame. */
export async function loadInk(): Promise<Ink> {
  const found = signsOfCi.map((name) => [name, process.env[name]] as const);
  for (const name of signsOfCi) process.env[name] = 'false';
  try {
    return await import('./screen.tsx');
  } finally {
    for (const [name, value] of found) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
}
