package main

import (
	"archive/zip"
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"path"
	"strings"
	"text/tabwriter"

	"github.com/sogoc/sogoc/ledger/content"
	"github.com/sogoc/sogoc/ledger/receipt"
)

// Where an archive of a thing's history keeps what. A receipt and the document that
// its record names have the same name. Opened copies of sealed documents are for
// reading: the record names the ciphertext.
const (
	receiptsFolder  = "receipts/"
	documentsFolder = "documents/"
	receiptEnd      = ".receipt.json"
	documentEnd     = ".json"
	maxInArchive    = 32 << 20 // bytes of a file
)

func isArchive(b []byte) bool { return bytes.HasPrefix(b, []byte("PK\x03\x04")) }

// verifyArchive checks every receipt of an archive, and every document against the
// record that names it.
func verifyArchive(out io.Writer, trust receipt.Trust, name string, b []byte) error {
	unproved := func(file, format string, args ...any) error {
		return &exitError{exitUnproved, fmt.Errorf("%s does NOT verify: %s: "+format, append([]any{name, file}, args...)...)}
	}
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return usage(fmt.Errorf("%s: %w", name, err))
	}
	payloads := map[string]string{} // by the name of the receipt
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	for _, f := range z.File {
		one, ok := within(f.Name, receiptsFolder, receiptEnd)
		if !ok {
			continue
		}
		b, err := readFile(f)
		if err != nil {
			return unproved(f.Name, "%w", err)
		}
		v, err := receipt.Verify(trust, b)
		if err != nil {
			return unproved(f.Name, "%w", err)
		}
		var fact struct {
			Payload     string `json:"payload"`     // of an event
			Document    string `json:"document"`    // of an agreement
			Description string `json:"description"` // of a version of a dataset
		}
		if err := json.Unmarshal(v.Data, &fact); err != nil {
			return unproved(f.Name, "its fact cannot be read: %w", err)
		}
		payloads[one] = cmp.Or(fact.Payload, fact.Document, fact.Description)
		fmt.Fprintf(w, "  %s\t%s\t%s\tposition %d of %d\n", one, v.Time, v.Summary, v.Index, v.Size)
	}
	if len(payloads) == 0 {
		return unproved(receiptsFolder, "there is no receipt")
	}
	documents := 0
	for _, f := range z.File {
		one, ok := within(f.Name, documentsFolder, documentEnd)
		if !ok {
			continue
		}
		b, err := readFile(f)
		if err != nil {
			return unproved(f.Name, "%w", err)
		}
		cid, err := content.Sum(bytes.NewReader(b))
		if err != nil {
			return unproved(f.Name, "%w", err)
		}
		if want := payloads[one]; want != cid.String() {
			return unproved(f.Name, "it is %s, and the record names %q", cid, want)
		}
		documents++
	}
	fmt.Fprintf(out, "%s verifies: %d records, %d documents that they name\n", name, len(payloads), documents)
	return w.Flush()
}

// within is the name of a file of a folder, without the folder and its end.
func within(name, folder, end string) (string, bool) {
	rest, ok := strings.CutPrefix(name, folder)
	if !ok {
		return "", false
	}
	rest, ok = strings.CutSuffix(rest, end)
	return rest, ok && rest == path.Base(rest)
}

func readFile(f *zip.File) ([]byte, error) {
	if f.UncompressedSize64 > maxInArchive {
		return nil, fmt.Errorf("has more than %d bytes", maxInArchive)
	}
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	b, err := io.ReadAll(io.LimitReader(r, maxInArchive+1))
	if err == nil && len(b) > maxInArchive {
		err = fmt.Errorf("has more than %d bytes", maxInArchive)
	}
	return b, err
}
