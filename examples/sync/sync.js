// usage: node sync.js SOURCE REPLICA
//
// Keeps REPLICA at the state of SOURCE in a worker thread while the main thread reads it. Needs better-sqlite3.
const { Worker, isMainThread, workerData } = require("node:worker_threads");
const { existsSync } = require("node:fs");
const path = require("node:path");
const Database = require("better-sqlite3");

if (isMainThread) {
  const [source, replica] = process.argv.slice(2);
  new Worker(__filename, { workerData: { source, replica } });
  let reader;
  setInterval(() => {
    if (!reader && !existsSync(`${replica}-replica`)) return; // the first sync has not begun
    reader ??= new Database(replica, { readonly: true });
    console.log(reader.prepare("SELECT count(*) AS n FROM sqlite_schema").get().n, "tables and indexes");
  }, 1000);
} else {
  // A connection of its own: it does nothing but wait for changes.
  const database = new Database(":memory:");
  database.loadExtension(path.join(__dirname, "..", "..", "dist", "edgepack"));
  const sync = database.prepare("SELECT replica_sync(?, ?) AS result");
  const options = JSON.stringify({ path: workerData.replica, wait_ms: 1000 });
  const loop = () => {
    let pause = 0;
    try {
      sync.get(workerData.source, options);
    } catch (problem) {
      console.error(problem.message);
      pause = 1000;
    }
    setTimeout(loop, pause);
  };
  loop();
}
