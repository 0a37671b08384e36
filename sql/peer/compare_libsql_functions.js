// Asks the libSQL names of this pack and libSQL itself the same random questions and reports where they differ; what
// only Turso has is asked of Turso.
//
// usage: compare_libsql_functions.js [--module FILE] [--questions N] [--seed N]
//
// `sql/peer/run compare_libsql_functions.js` runs it. BLOBs and messages must be the same, byte for byte, but for the padding
// that libSQL does not write in a float8 vector; reals may differ by what float32 arithmetic rounds. What docs/vec.md lists as a
// difference is not asked.

const path = require("path");

const option = (name, otherwise) => {
  const at = process.argv.indexOf(name);
  return at < 0 ? otherwise : process.argv[at + 1];
};
const questions = Number(option("--questions", 20000));
let state = BigInt(option("--seed", 1)) * 2n + 1n;

/// Below `limit`, from a generator that is the same everywhere (SplitMix64).
function random(limit) {
  state = BigInt.asUintN(64, state + 0x9e3779b97f4a7c15n);
  let bits = state;
  bits = BigInt.asUintN(64, (bits ^ (bits >> 30n)) * 0xbf58476d1ce4e5b9n);
  bits = BigInt.asUintN(64, (bits ^ (bits >> 27n)) * 0x94d049bb133111ebn);
  return Number((bits ^ (bits >> 31n)) % BigInt(limit));
}
const choice = (list) => list[random(list.length)];

function number() {
  switch (random(8)) {
    case 0:
      return String(random(11) - 5);
    case 1:
      return ((random(2000001) - 1000000) / 7).toPrecision(9);
    case 2:
      return ((random(2001) - 1000) * 2 ** -random(40)).toExponential();
    case 3:
      return choice(["+1", ".5", "5.", "-0", "1e3", "-2.5E-2", "65519", "65520", "6e-8", "3e-8"]);
    default:
      return ((random(20001) - 10000) / 5000).toPrecision(6);
  }
}
const text = (dimensions) => {
  const separator = choice([",", ", ", " ,\n"]);
  return "'" + choice(["[", " [ "]) + Array.from({ length: dimensions }, number).join(separator) + choice(["]", " ] "]) + "'";
};
const types = ["vector", "vector32", "vector64", "vector16", "vectorb16", "vector8", "vector1bit"];
const wrapped = (dimensions) => {
  let vector = text(dimensions);
  for (let i = random(3); i >= 0; --i) vector = `${choice(types)}(${vector})`;
  return vector;
};
const broken = () =>
  choice(["NULL", "1", "2.5", "''", "'x'", "'[1'", "'[1,'", "'[1,]'", "'[,]'", "'[x]'", "'[1] x'", "'[1e]'", "'[--1]'", "x'07'", "x'010107'",
    "'[]'", "x''"]);

function libsqlQuestion() {
  const dimensions = choice([1, 2, 3, 4, 5, 7, 8, 9, 16, 17, 100, 257]);
  // One fault at a time: which of two is reported is nobody's promise.
  const vector = random(12) === 0 ? broken() : choice([text, wrapped])(dimensions);
  switch (random(4)) {
    case 0:
      return `hex(${choice(types)}(${vector}))`;
    case 1:
      return `vector_extract(${vector})`;
    default: {
      const name = choice(["vector_distance_cos", "vector_distance_l2"]);
      if (random(10) === 0) return `${name}(${choice([text, wrapped])(dimensions)}, ${wrapped(dimensions)})`;
      const type = choice(types);
      return `${name}(${type}(${text(dimensions)}), ${type}(${text(random(20) === 0 ? dimensions + 1 : dimensions)}))`;
    }
  }
}

function tursoQuestion() {
  const dimensions = choice([1, 2, 3, 8, 16, 100]);
  const type = choice(["vector32", "vector64", "vector8", "vector1bit"]);
  const vector = () => `${type}(${text(dimensions)})`;
  switch (random(3)) {
    case 0:
      return `vector_distance_dot(${vector()}, ${vector()})`;
    case 1:
      return `vector_distance_jaccard(${vector()}, ${vector()})`;
    default: {
      const dense = choice(["vector32", "vector64"]);
      const start = random(dimensions);
      const end = start + 1 + random(dimensions - start);
      return random(2) === 0
        ? `hex(vector_concat(${dense}(${text(dimensions)}), ${dense}(${text(dimensions)})))`
        : `hex(vector_slice(${dense}(${text(dimensions)}), ${start}, ${end}))`;
    }
  }
}

async function answer(database, question) {
  try {
    const statement = await database.prepare(`SELECT ${question} AS answer`);
    return { value: (await statement.get()).answer };
  } catch (error) {
    return { error: error.message.replace(/^.*?(?=vector[:_])/, "") };
  }
}

/// The padding and the meta bytes of a float8 BLOB, in hexadecimal digits, without the padding.
function withoutPadding(hex) {
  if (!hex.endsWith("04") || hex.length % 4 !== 2) return hex;
  const padding = parseInt(hex.slice(-4, -2), 16);
  const scale = hex.length - 6 - 16;
  return hex.slice(0, scale - 2 * padding) + hex.slice(scale);
}

function same(question, ours, theirs) {
  if (ours.error !== undefined || theirs.error !== undefined) return ours.error === theirs.error;
  if (Object.is(ours.value, theirs.value)) return true;
  if (typeof ours.value === "number" && typeof theirs.value === "number") {
    // Sums of float32 are off by an error of the sum, not of the result.
    return Math.abs(ours.value - theirs.value) <= 3e-5 * Math.max(1, Math.abs(theirs.value));
  }
  if (question.startsWith("hex(")) return withoutPadding(ours.value) === withoutPadding(theirs.value);
  return false;
}

async function main() {
  const root = path.resolve(__dirname, "../..");
  const ours = new (require("better-sqlite3"))(":memory:");
  ours.loadExtension(path.resolve(option("--module", path.join(root, "dist/vec0.so"))), "sqlite3_vec_init");
  const libsql = new (require("libsql"))(":memory:");
  const turso = await require("@tursodatabase/database").connect(":memory:");
  let differ = 0;
  for (let i = 0; i < questions; ++i) {
    const [peer, question] = i % 4 === 0 ? [turso, tursoQuestion()] : [libsql, libsqlQuestion()];
    const [a, b] = [await answer(ours, question), await answer(peer, question)];
    if (same(question, a, b)) continue;
    differ += 1;
    if (differ <= 20) console.log(`${question.slice(0, 300)}\n  ours:   ${JSON.stringify(a).slice(0, 300)}\n  theirs: ${JSON.stringify(b).slice(0, 300)}`);
  }
  console.log(`${questions - differ} passed, ${differ} failed`);
  process.exitCode = differ > 0 ? 1 : 0;
}
main();
