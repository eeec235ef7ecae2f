/** What `nearhand/monitor` offers, in one place for those who write types. */
import type { CreateAttribution, CreateEstimates } from './words/feedback.js';
import type { CreateCollector, CreateMonitor, LearnReference } from './words/public.js';
import type { CreateShadow } from './words/shadow.js';

export * from './words/public.js';
export type * from './words/feedback.js';
export type * from './words/shadow.js';

/** Watches a model's answers. See docs/monitor.md. */
export declare const createMonitor: CreateMonitor;
/** A reference of samples. */
export declare const learnReference: LearnReference;
/** Sums many clients' reports. See docs/telemetry.md. */
export declare const createCollector: CreateCollector;
/** Which slate a click and a purchase are owed to. See docs/feedback.md. */
export declare const createAttribution: CreateAttribution;
/** What another policy would have earned, and what a place is worth. */
export declare const createEstimates: CreateEstimates;
/** A challenger beside a shop. See docs/shadow.md. */
export declare const shadow: CreateShadow;
