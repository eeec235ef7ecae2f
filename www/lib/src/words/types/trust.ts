/** What vouches for the bundle that serves. */

/** What a statement says that was taken. */
export interface Trusted {
  readonly name: string;
  readonly version: string;
  /** Never falls from one publication to the next. */
  readonly sequence: number;
  /** When it was signed and until when it holds, as `2026-11-30T04:00:00Z`. */
  readonly createdAt: string;
  readonly expires: string;
  /** The key that has signed. */
  readonly key: string;
  /** Whether it has ended meanwhile, by this clock and its tolerance. What serves goes on serving. */
  readonly expired: boolean;
}
