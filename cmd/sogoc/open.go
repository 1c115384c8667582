package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/market"
	"github.com/sogoc/sogoc/market/seal"
)

// opening is a sealed file that is checked and opened.
type opening struct {
	sealedFile string
	keyFile    string
	check      bool
	prove      string // file for the evidence of a bad chunk
	out        io.Writer
	bar        progress
}

func newOpen() *cobra.Command {
	o := opening{bar: progress{out: os.Stderr}}
	cmd := &cobra.Command{
		Use:   "open --sealed FILE (--check | --key FILE [--prove FILE]) CIPHERTEXT",
		Short: "Check and open a sealed file of a dataset offline, or prove that its seller cheated",
		Long: "Write what was sealed to standard output, once the ciphertext is seen to be the one that the seller committed to:\n" +
			"the file of --sealed has the commitments, {\"plain\", \"cipher\", \"key\", \"bytes\", \"chunk\"}, or the file as the register\n" +
			"lists it in a release, {\"name\", …, \"sealed\"}.\n" +
			"The file of --key has the key as 64 hexadecimal digits.\n\n" +
			"  --check  needs no key: a buyer does this before it pays. Of a ciphertext that passes, whatever is wrong with it can\n" +
			"           be proved afterwards\n" +
			"  --prove  writes the evidence of the first chunk that does not open to what was committed to. Evidence holds the\n" +
			"           key: who sees it and has the ciphertext reads the file\n\n" +
			"Exits with 3 when the ciphertext, the key or a chunk is not what was committed to, and with 1 when there is nothing\n" +
			"to prove.",
		Args: exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if o.check == (o.keyFile != "") || o.check && o.prove != "" {
				return usage(fmt.Errorf("either --check, or --key with the key to open it"))
			}
			o.out = cmd.OutOrStdout()
			defer o.bar.clear()
			return o.run(cmd.Context(), args[0])
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.sealedFile, "sealed", "", "what the seller committed to, as JSON")
	f.StringVar(&o.keyFile, "key", "", "file of the key")
	f.BoolVar(&o.check, "check", false, "only check the ciphertext, without the key")
	f.StringVar(&o.prove, "prove", "", "file for the evidence of a bad chunk, in place of opening")
	cmd.AddCommand(newOpenCheck())
	return cmd
}

// newOpenCheck checks the evidence that a buyer made.
func newOpenCheck() *cobra.Command {
	var sealedFile string
	cmd := &cobra.Command{
		Use: "check --sealed FILE EVIDENCE", Short: "Check the evidence of a bad chunk, offline",
		Long: "Check that a file that open --prove wrote shows a chunk of the ciphertext not to be what the seller committed to.\n" +
			"Exits with 0 when it does, and with 1 when the file proves nothing against the seller.",
		Args: exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := readSealed(sealedFile)
			if err != nil {
				return err
			}
			b, err := os.ReadFile(args[0])
			if err != nil {
				return usage(err)
			}
			e, err := seal.ParseEvidence(b)
			if err != nil {
				return usage(fmt.Errorf("%s: %w", args[0], err))
			}
			if err := e.Verify(s); err != nil {
				return fmt.Errorf("%s proves NOTHING against the seller: %w", args[0], err)
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s proves it: chunk %d is NOT what the seller committed to\n", args[0], e.Index)
			return nil
		},
	}
	cmd.Flags().StringVar(&sealedFile, "sealed", "", "what the seller committed to, as JSON")
	return cmd
}

func (o *opening) run(ctx context.Context, name string) error {
	s, err := readSealed(o.sealedFile)
	if err != nil {
		return err
	}
	var key seal.Key
	if !o.check {
		if key, err = readKey(o.keyFile); err != nil {
			return err
		}
		if err := s.CheckKey(key); err != nil {
			return differs(o.keyFile, err)
		}
	}
	f, err := os.Open(name)
	if err != nil {
		return usage(err)
	}
	defer f.Close()
	if err := seal.Check(o.read(ctx, f, "checking", s), s); err != nil {
		return differs(name, err)
	}
	if o.check {
		o.bar.clear()
		fmt.Fprintf(o.out, "%s is what the seller committed to: %d bytes in %d chunks\n", name, s.Bytes, s.Chunks())
		return nil
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	if o.prove == "" {
		return differs(name, seal.Decrypt(o.out, o.read(ctx, f, "opening", s), key, s))
	}
	e, err := seal.ProveBadChunk(o.read(ctx, f, "searching", s), key, s)
	if ledger.CodeOf(err) == ledger.NotFound {
		return fmt.Errorf("there is nothing to prove: %w", err)
	}
	if err != nil {
		return differs(name, err)
	}
	b, err := e.MarshalBinary()
	if err != nil {
		return err
	}
	if err := os.WriteFile(o.prove, b, 0o600); err != nil {
		return err
	}
	o.bar.clear()
	fmt.Fprintf(o.out, "chunk %d is NOT what the seller committed to: %s proves it, and holds the key\n", e.Index, o.prove)
	return nil
}

// differs gives what is not as it was committed to its exit code.
func differs(name string, err error) error {
	if err == nil || ledger.CodeOf(err) != ledger.Invalid {
		return err
	}
	return &exitError{exitUnproved, fmt.Errorf("%s is NOT what the seller committed to: %w", name, err)}
}

func readSealed(file string) (seal.Sealed, error) {
	var s seal.Sealed
	b, err := os.ReadFile(file)
	if err != nil {
		return s, usage(fmt.Errorf("--sealed: %w", err))
	}
	var f market.File
	if err = json.Unmarshal(b, &f); err == nil && f.Sealed != nil {
		s = f.Committed()
	} else if err == nil {
		err = json.Unmarshal(b, &s)
	}
	if err == nil {
		err = s.Validate()
	}
	if err != nil {
		return s, usage(fmt.Errorf("--sealed: %s: %w", file, err))
	}
	return s, nil
}

// readKey reads a key. An error does not repeat what is in the file.
func readKey(file string) (seal.Key, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return seal.Key{}, usage(fmt.Errorf("--key: %w", err))
	}
	h, err := ledger.ParseHash(string(bytes.TrimSpace(b)))
	if err != nil {
		return seal.Key{}, usage(fmt.Errorf("--key: %s does not hold 64 hexadecimal digits in lower case", file))
	}
	return seal.Key(h), nil
}

// read reads a ciphertext until the context ends, and shows how far it is in MiB.
func (o *opening) read(ctx context.Context, src io.Reader, what string, s seal.Sealed) io.Reader {
	var done int64
	return readerFunc(func(p []byte) (int, error) {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		n, err := src.Read(p)
		done += int64(n)
		o.bar.show(what, int(done>>20), int(s.CipherBytes()>>20))
		return n, err
	})
}

type readerFunc func(p []byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }
