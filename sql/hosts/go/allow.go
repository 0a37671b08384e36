package main

// The driver has no call that allows the SQL function load_extension(), so a hook of SQLite's own,
// which runs for every new connection, allows it.

// #include <sqlite3.h>
// static int allow(sqlite3 *database, char **message, const void *routines) {
//   return sqlite3_enable_load_extension(database, 1);
// }
// static int allow_load_extension(void) { return sqlite3_auto_extension((void (*)(void))allow); }
import "C"

import "log"

func allowLoadExtension() {
	if code := C.allow_load_extension(); code != C.SQLITE_OK {
		log.Fatalf("sqlite3_auto_extension: code %d", code)
	}
}
