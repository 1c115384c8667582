package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/sogoc/sogoc/cmd/internal/node"
)

// maxTold is how many things are told one by one.
const maxTold = 200

// verifyData checks the folder of a stopped node.
func verifyData(ctx context.Context, out io.Writer, c node.VerifyConfig) error {
	bar := progress{out: os.Stderr}
	defer bar.clear()
	c.Progress = bar.show
	told := 0
	c.Wrong = func(where, what string) {
		if told++; told > maxTold {
			return
		}
		bar.clear()
		fmt.Fprintf(out, "%s: %s\n", where, what)
	}
	c.Note = func(what string) {
		bar.clear()
		fmt.Fprintf(out, "(%s)\n", what)
	}
	v, err := node.Verify(ctx, c)
	bar.clear()
	if err != nil {
		return err
	}
	if v.Wrong > maxTold {
		fmt.Fprintf(out, "and %d more\n", v.Wrong-maxTold)
	}
	if v.Wrong > 0 {
		return &exitError{exitUnproved, fmt.Errorf("%s does NOT verify: %d found", c.Data, v.Wrong)}
	}
	fmt.Fprintf(out, "%s verifies: register %s, %d records, %d payloads, %d erased\n  state  %s\n", c.Data, v.Register, v.Size, v.Payloads, v.Erased, v.State)
	return nil
}
