// Host of SQL tests: mattn/go-sqlite3. Loads the module with LoadExtension when called with `hook`,
// with the SQL function load_extension() when called with `function`. Protocol: ../../README.md.
package main

import (
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"os"
	"strconv"

	"github.com/mattn/go-sqlite3"
)

type task struct {
	Module, Entry, Database string
	Statements              []string
}

func main() {
	log.SetFlags(0)
	var t task
	if err := json.NewDecoder(os.Stdin).Decode(&t); err != nil {
		log.Fatal(err)
	}
	database, err := open(t, os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	defer database.Close()
	results := make([]any, len(t.Statements))
	for i, statement := range t.Statements {
		rows, err := run(database, statement)
		if err != nil {
			results[i] = map[string]string{"error": message(err)}
		} else {
			results[i] = map[string]any{"rows": rows}
		}
	}
	version, _, _ := sqlite3.Version()
	json.NewEncoder(os.Stdout).Encode(map[string]any{"sqlite": version, "results": results})
}

func open(t task, way string) (*sql.DB, error) {
	driver := &sqlite3.SQLiteDriver{}
	if way == "hook" {
		driver.ConnectHook = func(connection *sqlite3.SQLiteConn) error {
			return connection.LoadExtension(t.Module, t.Entry)
		}
	} else {
		allowLoadExtension()
	}
	sql.Register("sqlite3_edgepack", driver)
	database, err := sql.Open("sqlite3_edgepack", t.Database)
	if err != nil {
		return nil, err
	}
	database.SetMaxOpenConns(1) // so that all statements see one connection
	if err := database.Ping(); err != nil {
		return nil, err
	}
	if way == "function" {
		_, err = database.Exec("SELECT load_extension(?)", t.Module)
	}
	return database, err
}

func run(database *sql.DB, statement string) ([][][2]string, error) {
	rows, err := database.Query(statement)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	answer := [][][2]string{}
	for rows.Next() {
		values := make([]any, len(columns))
		targets := make([]any, len(columns))
		for i := range values {
			targets[i] = &values[i]
		}
		if err := rows.Scan(targets...); err != nil {
			return nil, err
		}
		row := make([][2]string, len(columns))
		for i, value := range values {
			row[i] = typed(value)
		}
		answer = append(answer, row)
	}
	return answer, rows.Err()
}

func typed(value any) [2]string {
	switch v := value.(type) {
	case nil:
		return [2]string{"null", ""}
	case int64:
		return [2]string{"integer", strconv.FormatInt(v, 10)}
	case float64:
		return [2]string{"real", strconv.FormatFloat(v, 'g', -1, 64)}
	case string:
		return [2]string{"text", v}
	case []byte:
		return [2]string{"blob", hex.EncodeToString(v)}
	}
	return [2]string{fmt.Sprintf("%T", value), ""}
}

// The driver appends what the system said to SQLite's message; other hosts do not.
func message(err error) string {
	var failure sqlite3.Error
	if errors.As(err, &failure) {
		failure.SystemErrno = 0
		return failure.Error()
	}
	return err.Error()
}
