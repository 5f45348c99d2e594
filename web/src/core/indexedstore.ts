// The outbox in IndexedDB: it survives a reload, a crash of the page and a phone that was switched off.

import { type Entry, type Fix, MemoryStore, type OutboxStore, type StatusPress } from "./outbox.ts";

const settled = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

class IndexedStore implements OutboxStore {
  private readonly database: IDBDatabase;
  constructor(database: IDBDatabase) {
    this.database = database;
  }

  private box(mode: IDBTransactionMode): IDBObjectStore {
    return this.database.transaction("outbox", mode).objectStore("outbox");
  }

  /** Resolves when the transaction is on disk, not when it was asked for. */
  private written(store: IDBObjectStore): Promise<void> {
    return new Promise((resolve, reject) => {
      store.transaction.oncomplete = () => resolve();
      store.transaction.onabort = () => reject(store.transaction.error);
    });
  }

  async add(entry: { kind: "fix"; fix: Fix } | { kind: "status"; press: StatusPress }): Promise<void> {
    const store = this.box("readwrite");
    store.add(entry);
    await this.written(store);
  }

  async oldest(kind: Entry["kind"], limit: number): Promise<Entry[]> {
    const index = this.box("readonly").index("kind");
    return (await settled(index.getAll(kind, limit))) as Entry[];
  }

  async remove(keys: number[]): Promise<void> {
    const store = this.box("readwrite");
    for (const key of keys) store.delete(key);
    await this.written(store);
  }

  async count(kind: Entry["kind"]): Promise<number> {
    return settled(this.box("readonly").index("kind").count(kind));
  }
}

/** One box for each account on this phone, so that a colleague's sign-in does not send what is mine. */
export async function openOutbox(accountId: number): Promise<OutboxStore> {
  try {
    const request = indexedDB.open(`geo112-crew-${accountId}`, 1);
    request.onupgradeneeded = () => {
      const store = request.result.createObjectStore("outbox", { keyPath: "key", autoIncrement: true });
      store.createIndex("kind", "kind");
    };
    return new IndexedStore(await settled(request));
  } catch {
    return new MemoryStore(); // private mode of some browsers: works until the page is closed
  }
}
