/** What a test asks of what is thrown, and numbers to test with. */

/** The code of what was thrown, `none` where nothing was. */
export const code = (act: () => unknown): unknown => {
  try {
    act();
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
  return 'none';
};

/** The same numbers in 0 to 1 each time: the minimal standard of Park and Miller. */
export const numbers = (seed: number) => (): number => (seed = (seed * 48271) % 2147483647) / 2147483647;
