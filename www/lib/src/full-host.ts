/** The full tier of a page, fetched beside the lite engine: it picks the thread. */
import glue from '#glue/full';
import { besideOf } from './engine/beside.js';

export const beside = besideOf(glue);
