// usage: go run sync.go SOURCE REPLICA
//
// Keeps REPLICA at the state of SOURCE in the background while a read-only pool reads it.
// Needs github.com/mattn/go-sqlite3, and dist/edgepack below the current folder.
package main

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"time"

	"github.com/mattn/go-sqlite3"
)

func keepFresh(source, path string) {
	// A connection of its own: it does nothing but wait for changes.
	database, err := sql.Open("sqlite3_edgepack", ":memory:")
	if err != nil {
		log.Fatal(err)
	}
	database.SetMaxOpenConns(1)
	options, _ := json.Marshal(map[string]any{"path": path, "wait_ms": 1000})
	for {
		var result string
		if err := database.QueryRow("SELECT replica_sync(?, ?)", source, string(options)).Scan(&result); err != nil {
			log.Print(err)
			time.Sleep(time.Second)
		}
	}
}

func main() {
	if len(os.Args) != 3 {
		log.Fatal("usage: sync SOURCE REPLICA")
	}
	sql.Register("sqlite3_edgepack", &sqlite3.SQLiteDriver{
		ConnectHook: func(connection *sqlite3.SQLiteConn) error {
			return connection.LoadExtension("dist/edgepack", "sqlite3_edgepack_init")
		},
	})
	go keepFresh(os.Args[1], os.Args[2])
	reader, err := sql.Open("sqlite3", "file:"+os.Args[2]+"?mode=ro")
	if err != nil {
		log.Fatal(err)
	}
	for {
		var tables int
		if err := reader.QueryRow("SELECT count(*) FROM sqlite_schema").Scan(&tables); err == nil {
			fmt.Println(tables, "tables and indexes")
		}
		time.Sleep(time.Second)
	}
}
