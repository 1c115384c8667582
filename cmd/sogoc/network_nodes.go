package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"text/tabwriter"

	"github.com/sogoc/sogoc/api/peer"
)

// nodesStatus asks every node of a peers file how far it is, and how many documents
// it has that are not known to be anywhere else. A node that does not answer is a
// line of its own.
func nodesStatus(ctx context.Context, file string, out io.Writer) error {
	raw, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("--peers: %w", err)
	}
	nodes, err := peer.ParseFile(raw)
	if err != nil {
		return fmt.Errorf("--peers: %s: %w", file, err)
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "NODE\tADDRESS\tRECORDS\tCOSIGNED\tDOCUMENTS WAITING\tHELD ONCE")
	var silent []error
	for _, p := range nodes.Nodes {
		c := client{url: p.URL}
		var s peer.Status
		_, b, err := c.do(ctx, http.MethodGet, "/api/v1/peers", nil, nil)
		if err == nil {
			err = json.Unmarshal(b, &s)
		}
		if err != nil {
			silent = append(silent, err)
			fmt.Fprintf(w, "%s\t%s\t-\t-\t-\t-\n", p.Name, p.URL)
			continue
		}
		fmt.Fprintf(w, "%s\t%s\t%d\t%d\t%d\t%d\n", p.Name, p.URL, s.Size, s.Cosigned, s.Payloads.Waiting, s.Payloads.HeldOnce)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for _, err := range silent {
		fmt.Fprintln(out, err)
	}
	return nil
}
