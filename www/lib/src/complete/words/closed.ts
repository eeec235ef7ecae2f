/** What a completer that is closed says. */
import { NearhandError } from '../../words/errors.js';

export const closed = (): NearhandError => new NearhandError('closed', 'this completer is closed; load another');
