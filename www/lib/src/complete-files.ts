/** Reads the files of a completer: fetched when `load` is called. */
export { find } from './complete/asked/source.js';
