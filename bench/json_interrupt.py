#!/usr/bin/python3
"""How long after sqlite3_interrupt() the JSON functions end, on a giant document.

    json_interrupt.py MODULE [--megabytes N] [--rounds N]

Each query is interrupted at random times while it runs. Beside them, a query that only counts, which SQLite itself ends: what it takes
is what measuring takes. Prints the median and the longest in milliseconds, of the thread's processor time, so that other work on the
machine does not count, and the longest as the clock on the wall has it.
"""

import argparse
import random
import sqlite3
import statistics
import threading
import time

RECORD = '{"id":12345,"user":{"name":"Ada","age":36},"tags":["Grace","Ken"],"score":12.5,"ok":true,"city":"Paris"}'

QUERIES = {
    "SQLite alone, counting": "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n+1 FROM c) SELECT sum(n) FROM c WHERE length(?1) > 0",
    "fjson_valid": "SELECT fjson_valid(?1)",
    "fjson_extract, last element": "SELECT fjson_extract(?1,'$[#-1].city')",
    "fjson_array_length": "SELECT fjson_array_length(?1)",
    "fjson, blanks": "SELECT length(fjson(?2))",
    "fjson_each": "SELECT count(*) FROM fjson_each(?1)",
    "fjson_each, ids": "SELECT sum(id) FROM fjson_each(?1)",
    "fjson_tree, full keys": "SELECT sum(length(fullkey)) FROM fjson_tree(?1)",
    "fjson_tree, another key": "SELECT count(*) FROM fjson_tree(?1) WHERE key = 'nothing'",
    "fjson_rows": "SELECT count(c1) FROM fjson_rows(?1,'$[*]','$.city')",
    "jsonpath_count, descendants": "SELECT jsonpath_count(?1,'$..city')",
    "jsonpath_query, filter": "SELECT length(jsonpath_query(?1,'$[?@.score > 12].city'))",
    "jsonpath_count, regular expression": "SELECT jsonpath_count(?3,'$[?search(@, \"(a|b)*c(d|e)*f\")]')",
    "jsonpath_each": "SELECT count(path) FROM jsonpath_each(?1,'$..city')",
}


def measure(connection, query, documents, rounds):
    duration = whole_time(connection, query, documents)
    latencies = []
    for _ in range(rounds):
        ended = []

        def run():
            try:
                connection.execute(query, documents).fetchall()
            except sqlite3.OperationalError as error:
                if str(error) == "interrupted":
                    ended.extend((time.thread_time(), time.perf_counter()))

        thread = threading.Thread(target=run)
        thread.start()
        clock = time.pthread_getcpuclockid(thread.ident)
        wanted = random.uniform(0.1, 0.9) * duration
        while thread.is_alive() and time.clock_gettime(clock) < wanted:
            time.sleep(0.0005)
        if thread.is_alive():
            interrupted = (time.clock_gettime(clock), time.perf_counter())
            connection.interrupt()
        thread.join()
        if ended:  # otherwise it had ended before
            latencies.append([after - before for after, before in zip(ended, interrupted)])
    return duration, latencies


def whole_time(connection, query, documents):
    if "RECURSIVE" in query:
        return 0.3
    started = time.thread_time()
    connection.execute(query, documents).fetchall()
    return time.thread_time() - started


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    arguments.add_argument("module")
    arguments.add_argument("--megabytes", type=int, default=100)
    arguments.add_argument("--rounds", type=int, default=9)
    options = arguments.parse_args()
    connection = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
    connection.enable_load_extension(True)
    connection.load_extension(options.module)
    records = options.megabytes * 1_000_000 // (len(RECORD) + 1)
    compact = "[" + ",".join([RECORD] * records) + "]"
    spaced = compact.replace(",", ", ").replace(":", " : ")
    string = '["' + "ab" * (options.megabytes * 500_000) + '"]'
    print(f'{"":36} {"whole":>9} {"median":>9} {"longest":>9} {"by clock":>9}')
    for name, query in QUERIES.items():
        documents = (compact, spaced, string)[: max(int(number) for number in "123" if "?" + number in query)]
        duration, latencies = measure(connection, query, documents, options.rounds)
        if not latencies:
            print(f"{name:36} {duration * 1e3:6,.0f} ms   ended before it was interrupted")
            continue
        processor, clock = zip(*latencies)
        shown = (statistics.median(processor), max(processor), max(clock))
        print(f"{name:36} {duration * 1e3:6,.0f} ms " + " ".join(f"{seconds * 1e3:6.2f} ms" for seconds in shown), flush=True)


if __name__ == "__main__":
    main()
