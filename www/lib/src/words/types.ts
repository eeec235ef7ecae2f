/** Public types of the npm package `nearhand`, a file a subject. Every result is a plain frozen object. */
export type * from './types/event.js';
export type * from './types/catalog.js';
export type * from './types/rule.js';
export type * from './types/request.js';
export type * from './types/slate.js';
export type * from './types/load.js';
export type * from './types/trust.js';
export type * from './types/vouched.js';
export type * from './types/info.js';
export type * from './types/shop.js';
