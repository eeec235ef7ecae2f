/**
 * Fetched when a large feed or a swap comes. What is in here imports nothing of the face and is handed what it needs, so that no
 * class is there twice.
 */
export { tidy } from './compact.js';
export { large } from './slices.js';
export { swap } from './swap.js';
