// An embedded replica of libSQL that does what it is told, one JSON object a line.
//
// usage: node libsql_replica.js MODULES DATABASE PORT

const path = require("path");
const readline = require("readline");

const [modules, file, port] = process.argv.slice(2);
const { createClient } = require(path.join(modules, "@libsql/client"));
const url = `http://127.0.0.1:${port}`;
const primary = createClient({ url });
let replica;

const commands = {
  async sync() {
    replica ??= createClient({ url: `file:${file}`, syncUrl: url });
    const started = process.hrtime.bigint();
    await replica.sync();
    return { ms: Number(process.hrtime.bigint() - started) / 1e6 };
  },
  async execute({ sql, arguments: args }) {
    await primary.execute({ sql, args });
    return {};
  },
};

(async () => {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const request = JSON.parse(line);
    console.log(JSON.stringify(await commands[request.command](request)));
  }
})();
