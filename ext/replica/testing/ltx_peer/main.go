// Command ltx_peer reads LTX files with the reference implementation, verifies them, and prints what
// they hold: a line for the header, one for each page, one for the trailer.
package main

import (
	"fmt"
	"hash/crc32"
	"io"
	"os"

	"github.com/superfly/ltx"
)

func show(name string) error {
	file, err := os.Open(name)
	if err != nil {
		return err
	}
	defer file.Close()
	decoder := ltx.NewDecoder(file)
	if err := decoder.DecodeHeader(); err != nil {
		return err
	}
	header := decoder.Header()
	fmt.Printf("header %d %d %d %d %d %d %016x\n", header.Flags, header.PageSize, header.Commit,
		uint64(header.MinTXID), uint64(header.MaxTXID), header.Timestamp, uint64(header.PreApplyChecksum))
	data := make([]byte, header.PageSize)
	for {
		var page ltx.PageHeader
		if err := decoder.DecodePage(&page, data); err == io.EOF {
			break
		} else if err != nil {
			return err
		}
		fmt.Printf("page %d %08x\n", page.Pgno, crc32.ChecksumIEEE(data))
	}
	if err := decoder.Close(); err != nil {
		return err
	}
	trailer := decoder.Trailer()
	fmt.Printf("trailer %016x %016x\n", uint64(trailer.PostApplyChecksum), uint64(trailer.FileChecksum))
	for page, entry := range decoder.PageIndex() {
		if entry.Offset < ltx.HeaderSize || entry.Size <= 0 {
			return fmt.Errorf("index entry of page %d: %+v", page, entry)
		}
	}
	return nil
}

func main() {
	for _, name := range os.Args[1:] {
		if err := show(name); err != nil {
			fmt.Fprintf(os.Stderr, "ltx_peer: %s: %v\n", name, err)
			os.Exit(1)
		}
	}
}
