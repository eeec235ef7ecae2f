import assert from 'node:assert/strict';
import { NearhandError } from 'nearhand/monitor';

/** The code of what was thrown, `none` where nothing was. What is thrown is the package's own. */
export async function made(act) {
  try {
    await act();
  } catch (error) {
    assert.ok(error instanceof NearhandError, String(error?.stack ?? error));
    return error.code;
  }
  return 'none';
}
