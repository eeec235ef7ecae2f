/** A completer in the thread that asks: fetched where there is no worker, or none is wanted. */
import glue from '#glue/complete';
import { inThread } from './complete/running/in-thread.js';

export const open = inThread(glue);
