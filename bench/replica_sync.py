"""usage: python3 bench/replica_sync.py [--rounds N] [--megabytes N]

replica_sync() over HTTP beside libSQL's sync(), by turns: after a change of one row, and with nothing to do. Both follow a
database with the same rows. Times are those of the call alone.
"""

import argparse
import statistics
import time

from replication_peers import (
    LibsqlReplica, adopt_in_libsql, compare, connect, edgepack_serve, libsql_serve, make_database, percentile, run_folder, source,
)


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--rounds", type=int, default=1000)
    parser.add_argument("--megabytes", type=int, default=20)
    options = parser.parse_args()
    with run_folder() as (primary_folder, replica_folder):
        database = primary_folder / "app.db"
        make_database(database, options.megabytes)
        adopt_in_libsql(database, primary_folder / "sqld")
        with (
            edgepack_serve(database),
            libsql_serve(primary_folder / "sqld"),
            LibsqlReplica(replica_folder / "libsql.db") as theirs,
        ):
            primary = connect(database)
            replica = connect(replica_folder / "replica.db")

            def sync(*arguments):
                started = time.perf_counter()
                replica.execute(f"SELECT replica_sync({', '.join('?' * len(arguments))})", arguments).fetchone()
                return (time.perf_counter() - started) * 1000

            sync(source(database))
            theirs.sync()
            one = ([], [])
            none = ([], [])
            for i in range(options.rounds):
                change = ("UPDATE t SET a = ? WHERE id = ?", (i, i % (options.megabytes * 1000) + 1))
                primary.execute(*change)
                one[0].append(sync())
                none[0].append(sync())
                theirs.execute(change[0], *change[1])
                one[1].append(theirs.sync())
                none[1].append(theirs.sync())
    compare("one-row change, p50", *map(statistics.median, one))
    compare("one-row change, p99", *(percentile(values, 0.99) for values in one))
    compare("nothing to do, p50", *map(statistics.median, none))


if __name__ == "__main__":
    main()
