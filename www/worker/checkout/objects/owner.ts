/** Whose an object is: the tenant's who called it first. Tables are made then, so that an object that was deleted leaves nothing behind. */

export class Owner {
  #made = false;
  #tenant: string | undefined;

  constructor(
    private readonly storage: DurableObjectStorage,
    private readonly tables: string,
  ) {}

  /** Whether the object is of that tenant. To be asked first, whatever is asked of an object. */
  is(tenant: string): boolean {
    this.ready();
    this.#tenant ??= this.storage.sql.exec<{ value: string }>("SELECT value FROM meta WHERE name = 'tenant'").toArray()[0]?.value;
    if (this.#tenant === undefined) {
      this.storage.sql.exec("INSERT INTO meta VALUES ('tenant', ?)", tenant);
      this.#tenant = tenant;
    }
    return this.#tenant === tenant;
  }

  /** Whether there is something stored, as far as this instance knows. */
  get made(): boolean {
    return this.#made;
  }

  /** Makes the tables where they are not there. */
  ready(): void {
    if (this.#made) return;
    this.storage.sql.exec(`CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);${this.tables}`);
    this.#made = true;
  }

  /** Deletes all that is stored. */
  async clear(): Promise<void> {
    this.#made = false;
    this.#tenant = undefined;
    await this.storage.deleteAlarm();
    await this.storage.deleteAll();
  }
}
