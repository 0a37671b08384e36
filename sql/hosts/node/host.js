// Host of SQL tests: better-sqlite3. Protocol: ../../README.md.
const fs = require("fs");
const Database = require("better-sqlite3");

function typed(value) {
  if (value === null) return ["null", ""];
  if (typeof value === "bigint") return ["integer", String(value)];
  if (typeof value === "number") return ["real", String(value)];
  if (typeof value === "string") return ["text", value];
  return ["blob", value.toString("hex")];
}

function run(database, sql) {
  try {
    const statement = database.prepare(sql);
    if (!statement.reader) {
      statement.run();
      return { rows: [] };
    }
    const rows = statement.raw().safeIntegers().all();
    return { rows: rows.map((row) => row.map(typed)) };
  } catch (error) {
    return { error: error.message };
  }
}

const task = JSON.parse(fs.readFileSync(0, "utf8"));
const database = new Database(task.database);
database.loadExtension(task.module, task.entry);
const sqlite = database.prepare("SELECT sqlite_version()").pluck().get();
const results = task.statements.map((sql) => run(database, sql));
database.close();
process.stdout.write(JSON.stringify({ sqlite, results }));
