// worker.py for libSQL: an ordinary table with a vector column, asked with ORDER BY vector_distance, which is how libSQL searches exactly.
//
// usage: node libsql_worker.js MODULES VECTORS QUESTIONS DATABASE METRIC DIMENSIONS

const fs = require("fs");
const path = require("path");
const readline = require("readline");

const [modules, vectorFile, questionFile, file, metric, dimensions] = process.argv.slice(2);
const Database = require(path.join(modules, "libsql"));
const database = new Database(file);
database.exec("PRAGMA journal_mode = WAL");
const bytes = 4 * Number(dimensions);

// The rows of a float32 .npy file: 10 bytes, the length of the header, the header, the rows.
function rows(name) {
  const handle = fs.openSync(name, "r");
  const head = Buffer.alloc(10);
  fs.readSync(handle, head, 0, 10, 0);
  const start = 10 + head.readUInt16LE(8);
  return (row) => {
    const vector = Buffer.alloc(bytes);
    fs.readSync(handle, vector, 0, bytes, start + row * bytes);
    return vector;
  };
}

const vector = rows(vectorFile);
const question = rows(questionFile);
const distance = { l2: "vector_distance_l2", cosine: "vector_distance_cos" }[metric];
let query;

function seconds(work) {
  const started = process.hrtime.bigint();
  const answer = work();
  return [Number(process.hrtime.bigint() - started) / 1e9, answer];
}

const commands = {
  create() {
    database.exec(`CREATE TABLE vectors(id INTEGER PRIMARY KEY, embedding F32_BLOB(${dimensions}))`);
    return {};
  },
  insert({ first, last }) {
    const insert = database.prepare("INSERT INTO vectors(id, embedding) VALUES (?, ?)");
    const [time] = seconds(database.transaction(() => {
      for (let row = first; row < last; row += 1) insert.run(row + 1, vector(row));
    }));
    database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    return { seconds: time };
  },
  prepare() {
    query = database.prepare(`SELECT id FROM vectors ORDER BY ${distance}(embedding, ?) LIMIT ?`).raw(true);
    return { seconds: 0 };
  },
  ask({ k, questions }) {
    const found = [];
    for (let i = 0; i < questions; i += 1) {
      const asked = question(i);
      found.push(seconds(() => query.all(asked, k).map((row) => row[0])));
    }
    return { seconds: found.map((pair) => pair[0]), answers: found.map((pair) => pair[1]) };
  },
};

readline.createInterface({ input: process.stdin }).on("line", (line) => {
  const request = JSON.parse(line);
  console.log(JSON.stringify(commands[request.command](request)));
});
