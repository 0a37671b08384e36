// How long a statement of the JSON functions goes on after sqlite3_interrupt(), on giant documents.
//
//     json_interrupts_bench MODULE [--megabytes N] [--rounds N] [--only TEXT]
//
// A statement runs on a thread of its own. This thread calls sqlite3_interrupt() when it has worked
// for a random part of its time, and measures until sqlite3_step() and then sqlite3_reset() have
// returned: by the clock, and in processor time of the statement's thread, which other work on the
// machine does not lengthen. Documents are bound without a copy. Beside it stand a statement that
// is SQLite's alone and stops after any instruction, and the built-in function where there is one.
// SQLite is the library that the program finds: LD_LIBRARY_PATH names a folder with another.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <optional>
#include <pthread.h>
#include <random>
#include <semaphore>
#include <sqlite3.h>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

constexpr int kHasJson5AndJsonb = 3046000;

/// Milliseconds: by the clock, and worked by one thread.
struct Moment {
  double clock;
  double worked;
};

double milliseconds(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

Moment operator-(const Moment& after, const Moment& before) {
  return {after.clock - before.clock, after.worked - before.worked};
}

[[noreturn]] void fail(sqlite3* database, const std::string& what) {
  std::fprintf(stderr, "%s: %s\n", what.c_str(), sqlite3_errmsg(database));
  std::exit(1);
}

void execute(sqlite3* database, const std::string& sql) {
  if (sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
    fail(database, sql);
  }
}

struct Document {
  std::string bytes;
  bool is_blob = false;
};

/// What is measured. `document` is bound to ?1.
struct Case {
  const char* name;
  const char* sql;
  const Document* document;
  bool has_built_in = false;  ///< the same without the f of `fjson_`
};

/// A thread that runs one statement after the other.
class Runner {
 public:
  struct Run {
    int code;
    Moment stepped;
    Moment reset;
  };

  Runner() : thread_([this] { work(); }) {
    pthread_getcpuclockid(thread_.native_handle(), &clock_);
  }
  ~Runner() {
    statement_ = nullptr;
    start_.release();
    thread_.join();
  }
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;

  Moment now() const { return {milliseconds(CLOCK_MONOTONIC), milliseconds(clock_)}; }
  void start(sqlite3_stmt* statement) {
    statement_ = statement;
    start_.release();
  }
  /// Waits so long for the end of the statement; true when it has ended.
  bool ends_within(std::chrono::microseconds time) { return end_.try_acquire_for(time); }
  Run wait() {
    end_.acquire();
    return run_;
  }
  const Run& run() const { return run_; }

 private:
  void work() {
    for (;;) {
      start_.acquire();
      if (statement_ == nullptr) return;
      do {
        run_.code = sqlite3_step(statement_);
      } while (run_.code == SQLITE_ROW);
      run_.stepped = own_now();
      sqlite3_reset(statement_);
      run_.reset = own_now();
      end_.release();
    }
  }
  static Moment own_now() {
    return {milliseconds(CLOCK_MONOTONIC), milliseconds(CLOCK_THREAD_CPUTIME_ID)};
  }

  std::binary_semaphore start_{0};
  std::binary_semaphore end_{0};
  sqlite3_stmt* statement_ = nullptr;
  Run run_{};
  std::thread thread_;
  clockid_t clock_{};
};

struct Found {
  double whole = 0;  ///< processor time of the statement when nobody interrupts it
  std::vector<Moment> stepped;
  std::vector<Moment> reset;
};

class Measurement {
 public:
  explicit Measurement(sqlite3* database) : database_(database) {}

  Found measure(const std::string& sql, const Document& document, int rounds) {
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v2(database_, sql.c_str(), -1, &statement, nullptr) != SQLITE_OK) {
      fail(database_, sql);
    }
    if (sqlite3_bind_parameter_count(statement) > 0) bind(statement, document);
    Found found;
    // The first run also pays for memory that the process has not touched yet.
    const double first = whole_time(statement, sql);
    found.whole = std::min(first, whole_time(statement, sql));
    std::uniform_real_distribution<double> part(0.02, 0.98);
    // A statement may end before it is interrupted.
    for (int i = 0; i < rounds * 2 && found.stepped.size() < static_cast<std::size_t>(rounds);
         ++i) {
      interrupt_once(statement, part(random_) * found.whole, &found);
    }
    sqlite3_finalize(statement);
    return found;
  }

 private:
  static void bind(sqlite3_stmt* statement, const Document& document) {
    if (document.is_blob) {
      sqlite3_bind_blob64(statement, 1, document.bytes.data(), document.bytes.size(),
                          SQLITE_STATIC);
    } else {
      // Without its size: only then SQLite knows of the NUL behind it, and makes no copy to add
      // one.
      sqlite3_bind_text(statement, 1, document.bytes.c_str(), -1, SQLITE_STATIC);
    }
  }

  double whole_time(sqlite3_stmt* statement, const std::string& sql) {
    execute(database_, "BEGIN");
    const Moment before = runner_.now();
    runner_.start(statement);
    const Runner::Run run = runner_.wait();
    if (run.code != SQLITE_DONE) fail(database_, sql);
    execute(database_, "ROLLBACK");
    return (run.stepped - before).worked;
  }

  void interrupt_once(sqlite3_stmt* statement, double after, Found* found) {
    execute(database_, "BEGIN");
    const double before = runner_.now().worked;
    runner_.start(statement);
    bool has_ended = false;
    while (!has_ended && runner_.now().worked - before < after) {
      has_ended = runner_.ends_within(std::chrono::microseconds(100));
    }
    const Moment interrupted = runner_.now();
    sqlite3_interrupt(database_);
    if (!has_ended) runner_.wait();
    // An interrupt ends the transaction of a writing statement.
    if (sqlite3_get_autocommit(database_) == 0) execute(database_, "ROLLBACK");
    const Runner::Run& run = runner_.run();
    if (has_ended || run.code != SQLITE_INTERRUPT) return;
    found->stepped.push_back(run.stepped - interrupted);
    found->reset.push_back(run.reset - interrupted);
  }

  sqlite3* const database_;
  Runner runner_;
  std::mt19937_64 random_{std::random_device{}()};
};

double median(std::vector<Moment> times, double Moment::*which) {
  std::sort(times.begin(), times.end(),
            [which](const Moment& a, const Moment& b) { return a.*which < b.*which; });
  return times[times.size() / 2].*which;
}

double longest(const std::vector<Moment>& times, double Moment::*which) {
  double most = 0;
  for (const Moment& time : times) most = std::max(most, time.*which);
  return most;
}

void show(const char* name, const Found& found) {
  std::printf("%-40s %8.0f", name, found.whole);
  if (found.stepped.empty()) {
    std::printf("   ended before it was interrupted");
  } else {
    std::printf(" %8.2f %8.2f %8.2f %8.2f %8.2f %6zu", median(found.stepped, &Moment::worked),
                longest(found.stepped, &Moment::worked), median(found.stepped, &Moment::clock),
                longest(found.stepped, &Moment::clock), longest(found.reset, &Moment::worked),
                found.stepped.size());
  }
  std::printf("\n");
  std::fflush(stdout);
}

std::string repeated(std::string_view record, std::size_t bytes) {
  std::string document = "[";
  document.reserve(bytes + record.size());
  while (document.size() < bytes) document.append(record) += ',';
  document.back() = ']';
  return document;
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != text.npos; at += to.size()) {
    text.replace(at, from.size(), to);
  }
  return text;
}

Document jsonb_of(sqlite3* database, const std::string& json) {
  sqlite3_stmt* statement = nullptr;
  sqlite3_prepare_v2(database, "SELECT jsonb(?1)", -1, &statement, nullptr);
  sqlite3_bind_text64(statement, 1, json.data(), json.size(), SQLITE_STATIC, SQLITE_UTF8);
  if (sqlite3_step(statement) != SQLITE_ROW) fail(database, "jsonb()");
  const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement, 0));
  Document document{{bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement, 0))}, true};
  sqlite3_finalize(statement);
  return document;
}

std::string built_in(std::string sql) {
  return replaced(replaced(std::move(sql), "fjson_", "json_"), "fjson(", "json(");
}

struct Options {
  const char* module = nullptr;
  std::size_t bytes = 100'000'000;
  int rounds = 20;
  const char* only = "";
};

void run(sqlite3* database, const Options& options) {
  const std::string record =
      R"({"id":12345,"user":{"name":"Ada","age":36},"tags":["Grace","Ken"],"score":12.5,"ok":true,"city":"Paris"})";
  const std::string spaced_record = replaced(replaced(record, ",", ", "), ":", " : ");
  const Document json{repeated(record, options.bytes)};
  const Document spaced{repeated(spaced_record, options.bytes)};
  const Document foreign{repeated(replaced(record, "Paris", "Zürich"), options.bytes)};
  const Document numbers{repeated("7", options.bytes)};
  const Document string{R"([")" + std::string(options.bytes, 'a') + R"("])"};
  std::string line_ends = R"([")";
  while (line_ends.size() < options.bytes) line_ends += R"(\n)";
  const Document escaped{line_ends + R"("])"};
  Document json5;
  Document comment;
  Document long_string;
  Document line_end;
  Document name;
  Document digits;
  Document jsonb;
  if (sqlite3_libversion_number() >= kHasJson5AndJsonb) {
    json5 = {
        repeated(replaced(replaced(record, R"("id")", "id"), R"("city")", "city"), options.bytes)};
    comment = {"[/*" + std::string(options.bytes, ' ') + "*/]"};
    long_string = {"['" + std::string(options.bytes, 'a') + "']"};
    line_end = {"['" + std::string(options.bytes, 'a') + "\n']"};
    name = {"{" + std::string(options.bytes, 'a') + ":1}"};
    digits = {"[+1" + std::string(options.bytes, '0') + "]"};
    jsonb = jsonb_of(database, json.bytes);
  }
  execute(database, "CREATE TABLE giant(id INTEGER PRIMARY KEY, body)");
  execute(database,
          "CREATE VIRTUAL TABLE temp.cities USING fjson_table('$[*]', city TEXT PATH '$.city')");
  execute(database, "CREATE VIRTUAL TABLE temp.wholes USING fjson_table('$', body JSON PATH '$')");
  sqlite3_stmt* insert = nullptr;
  sqlite3_prepare_v2(database, "INSERT INTO giant(body) VALUES (?1)", -1, &insert, nullptr);
  sqlite3_bind_text(insert, 1, json.bytes.c_str(), -1, SQLITE_STATIC);
  if (sqlite3_step(insert) != SQLITE_DONE) fail(database, "INSERT");
  sqlite3_finalize(insert);

  const Case cases[] = {
      {"SQLite alone, counting",
       "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n+1 FROM c LIMIT 3000000) "
       "SELECT sum(n) FROM c",
       &json},
      {"SQLite alone, two documents joined", "SELECT length(?1 || ?1)", &json},
      {"SQLite alone, document of a table", "SELECT instr(body, 'nothing') FROM giant", &json},
      {"fjson_valid", "SELECT fjson_valid(?1)", &json, true},
      {"fjson_type", "SELECT fjson_type(?1,'$[#-1].id')", &json, true},
      {"fjson_array_length", "SELECT fjson_array_length(?1)", &json, true},
      {"fjson_extract, last element", "SELECT fjson_extract(?1,'$[#-1].city')", &json, true},
      {"fjson_extract, two paths", "SELECT fjson_extract(?1,'$[#-1].city','$[0]')", &json, true},
      {"fjson_extract, the whole", "SELECT typeof(fjson_extract(?1,'$'))", &json, true},
      {"fjson_extract, the whole, twice", "SELECT typeof(fjson_extract(?1,'$','$'))", &json, true},
      {"fjson_extract, long string", "SELECT typeof(fjson_extract(?1,'$[0]'))", &string, true},
      {"fjson_extract, long string, escaped", "SELECT typeof(fjson_extract(?1,'$[0]'))", &escaped,
       true},
      {"fjson_quote", "SELECT typeof(fjson_quote(?1))", &json, true},
      {"fjson, nothing to leave out", "SELECT typeof(fjson(?1))", &json, true},
      {"fjson, blanks", "SELECT typeof(fjson(?1))", &spaced, true},
      {"fjson_each", "SELECT count(*) FROM fjson_each(?1)", &json, true},
      {"fjson_each, ids", "SELECT sum(id) FROM fjson_each(?1)", &json, true},
      {"fjson_tree, full keys", "SELECT sum(length(fullkey)) FROM fjson_tree(?1)", &json, true},
      {"fjson_tree, another key", "SELECT count(*) FROM fjson_tree(?1) WHERE key = 'nothing'",
       &json, true},
      {"fjson_rows", "SELECT count(c1) FROM fjson_rows(?1,'$[*]','$.city')", &json},
      {"fjson_rows, not ASCII", "SELECT count(c1) FROM fjson_rows(?1,'$[*]','$.city')", &foreign},
      {"fjson_rows, the whole", "SELECT typeof(c1) FROM fjson_rows(?1,'$','$')", &spaced},
      {"fjson_table", "SELECT count(city) FROM cities(?1)", &json},
      {"fjson_table, the whole", "SELECT typeof(body) FROM wholes(?1)", &spaced},
      {"json_pointer", "SELECT json_pointer(?1,'/99999999/city')", &json},
      {"json_pointer, numbers", "SELECT json_pointer(?1,'/999999999')", &numbers},
      {"jsonpath_exists, numbers", "SELECT jsonpath_exists(?1,'$[-999999999]')", &numbers},
      {"jsonpath_count, numbers", "SELECT jsonpath_count(?1,'$[::-3]')", &numbers},
      {"jsonpath_each, numbers", "SELECT count(path) FROM jsonpath_each(?1,'$[*]')", &numbers},
      {"fjson_each, numbers", "SELECT sum(value), sum(id) FROM fjson_each(?1)", &numbers, true},
      {"jsonpath_exists, not ASCII", "SELECT jsonpath_exists(?1,'$[99999999]')", &foreign},
      {"jsonpath_query, descendants", "SELECT typeof(jsonpath_query(?1,'$..city'))", &json},
      {"jsonpath_query, filter", "SELECT typeof(jsonpath_query(?1,'$[?@.score > 12].city'))",
       &json},
      {"jsonpath_query, regular expression",
       R"(SELECT typeof(jsonpath_query(?1,'$[?search(@.city, "(a|b)*c(d|e)*f")]')))", &json},
      {"jsonpath_count, long string",
       R"(SELECT jsonpath_count(?1,'$[?search(@, "(a|b)*c(d|e)*f")]'))", &string},
      {"jsonpath_count, slice", "SELECT jsonpath_count(?1,'$[::2]')", &json},
      {"jsonpath_each", "SELECT count(path) FROM jsonpath_each(?1,'$..city')", &json},
      {"fjson_index", "SELECT fjson_index('giant','body','$[*].city')", &json},
      {"JSON5: fjson_extract", "SELECT fjson_extract(?1,'$[#-1].city')", &json5, true},
      {"JSON5: fjson", "SELECT typeof(fjson(?1))", &json5, true},
      {"JSON5: fjson_each", "SELECT count(*) FROM fjson_each(?1)", &json5, true},
      {"JSON5: fjson_type, comment", "SELECT fjson_type(?1,'$')", &comment, true},
      {"JSON5: fjson_type, long string", "SELECT fjson_type(?1,'$[0]')", &long_string, true},
      {"JSON5: fjson_type, long string, changed", "SELECT fjson_type(?1,'$[0]')", &line_end, true},
      {"JSON5: fjson_type, long name", "SELECT fjson_type(?1,'$')", &name, true},
      {"JSON5: fjson_type, long number", "SELECT fjson_type(?1,'$[0]')", &digits, true},
      {"JSONB: fjson_valid", "SELECT fjson_valid(?1,8)", &jsonb, true},
      {"JSONB: fjson_extract", "SELECT fjson_extract(?1,'$[#-1].city')", &jsonb, true},
      {"JSONB: fjson", "SELECT typeof(fjson(?1))", &jsonb, true},
      {"JSONB: fjson_tree, full keys", "SELECT sum(length(fullkey)) FROM fjson_tree(?1)", &jsonb,
       true},
      {"JSONB: jsonpath_query", "SELECT typeof(jsonpath_query(?1,'$..city'))", &jsonb},
  };
  std::printf("SQLite %s, documents of %zu MB; milliseconds\n", sqlite3_libversion(),
              options.bytes / 1'000'000);
  std::printf("%-40s %8s %8s %8s %8s %8s %8s %6s\n", "", "whole", "worked", "most", "clock", "most",
              "reset", "times");
  Measurement measurement(database);
  for (const Case& tried : cases) {
    if (std::strstr(tried.name, options.only) == nullptr || tried.document->bytes.empty()) continue;
    show(tried.name, measurement.measure(tried.sql, *tried.document, options.rounds));
    if (!tried.has_built_in) continue;
    constexpr int kFew = 3;  // it takes its whole time each time
    show("    built-in", measurement.measure(built_in(tried.sql), *tried.document, kFew));
  }
}

}  // namespace

int main(int count, char** arguments) {
  Options options;
  for (int i = 1; i < count; ++i) {
    const std::string_view argument = arguments[i];
    const bool has_value = i + 1 < count;
    if (argument == "--megabytes" && has_value) {
      options.bytes = std::strtoul(arguments[++i], nullptr, 10) * 1'000'000;
    } else if (argument == "--rounds" && has_value) {
      options.rounds = std::atoi(arguments[++i]);
    } else if (argument == "--only" && has_value) {
      options.only = arguments[++i];
    } else {
      options.module = arguments[i];
    }
  }
  if (options.module == nullptr) {
    std::fprintf(stderr, "usage: %s MODULE [--megabytes N] [--rounds N] [--only TEXT]\n",
                 arguments[0]);
    return 2;
  }
  sqlite3* database = nullptr;
  if (sqlite3_open(":memory:", &database) != SQLITE_OK) fail(database, "open");
  sqlite3_db_config(database, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 1, nullptr);
  if (sqlite3_load_extension(database, options.module, nullptr, nullptr) != SQLITE_OK) {
    fail(database, options.module);
  }
  run(database, options);
  sqlite3_close(database);
  return 0;
}
