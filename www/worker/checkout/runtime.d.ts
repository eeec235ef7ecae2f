/** What the worker uses of the runtime's Durable Objects, by the runtime's names. */
declare module 'cloudflare:workers' {
  export class DurableObject<Env = unknown> {
    constructor(ctx: DurableObjectState, env: Env);
    protected readonly ctx: DurableObjectState;
    protected readonly env: Env;
  }
}

interface DurableObjectState {
  readonly storage: DurableObjectStorage;
  waitUntil(promise: Promise<unknown>): void;
  blockConcurrencyWhile<T>(make: () => Promise<T>): Promise<T>;
}

interface DurableObjectStorage {
  readonly sql: SqlStorage;
  /** Runs at once; what it throws undoes all that it wrote. */
  transactionSync<T>(make: () => T): T;
  getAlarm(): Promise<number | null>;
  setAlarm(time: number): Promise<void>;
  deleteAlarm(): Promise<void>;
  deleteAll(): Promise<void>;
}

type SqlValue = string | number | null | ArrayBuffer;

interface SqlStorage {
  exec<Row extends Record<string, SqlValue>>(query: string, ...values: (SqlValue | Uint8Array)[]): Iterable<Row> & { toArray(): Row[]; readonly rowsWritten: number };
}

interface DurableObjectId {
  readonly name?: string;
}

interface DurableObjectNamespace<Stub> {
  idFromName(name: string): DurableObjectId;
  get(id: DurableObjectId): Stub;
}

interface SubtleCrypto {
  timingSafeEqual(a: ArrayBufferView | ArrayBuffer, b: ArrayBufferView | ArrayBuffer): boolean;
}

declare module '*.html' {
  const text: string;
  export default text;
}
