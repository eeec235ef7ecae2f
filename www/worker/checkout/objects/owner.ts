/**
 * Whose an object is: the tenant's who first had it write something down. Tables are made then and not before, so that whoever only asks,
 * and whatever was deleted, leaves nothing behind.
 */

export class Owner {
  #made = false;
  #tenant: string | undefined;

  constructor(
    private readonly storage: DurableObjectStorage,
    private readonly tables: string,
  ) {}

  /** Whether the object is of that tenant: nobody's becomes its own. To be asked before anything is written. */
  is(tenant: string): boolean {
    this.#ready();
    if (this.#whose() === undefined) {
      this.storage.sql.exec("INSERT INTO meta VALUES ('tenant', ?)", tenant);
      this.#tenant = tenant;
    }
    return this.#tenant === tenant;
  }

  /** Whether the object is another tenant's. Nothing is made. */
  foreign(tenant: string): boolean {
    return (this.#whose() ?? tenant) !== tenant;
  }

  /** Whether something is stored, and that tenant's. Nothing is made. */
  holds(tenant: string): boolean {
    return this.#whose() === tenant;
  }

  /** Whether there is something stored. */
  get made(): boolean {
    // What an earlier life has made may lack the tables of today.
    if (!this.#made && this.storage.sql.exec("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'meta'").toArray().length > 0) this.#ready();
    return this.#made;
  }

  /** Deletes all that is stored. Nothing is waited for before it is gone, so that nobody writes in between. */
  async clear(): Promise<void> {
    this.#made = false;
    this.#tenant = undefined;
    await Promise.all([this.storage.deleteAlarm(), this.storage.deleteAll()]);
  }

  #whose(): string | undefined {
    if (this.made) this.#tenant ??= this.storage.sql.exec<{ value: string }>("SELECT value FROM meta WHERE name = 'tenant'").toArray()[0]?.value;
    return this.#tenant;
  }

  /** Makes the tables where they are not there. */
  #ready(): void {
    if (this.#made) return;
    this.storage.sql.exec(`CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);${this.tables}`);
    this.#made = true;
  }
}
