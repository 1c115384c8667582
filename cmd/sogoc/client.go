package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"sort"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/sogoc/sogoc/api"
	"github.com/sogoc/sogoc/cmd/internal/node"
	"github.com/sogoc/sogoc/trace"
)

// client talks to a running node.
type client struct {
	url   string
	data  string
	token string
	as    string
}

func (c *client) flags(cmd *cobra.Command, writes bool) {
	f := cmd.Flags()
	f.StringVar(&c.url, "url", "http://localhost:8080", "address of the node")
	f.StringVar(&c.data, "data", node.DefaultData, "data folder of a node on this machine, for --as")
	f.StringVar(&c.as, "as", "", "act as this member, by the token in the data folder")
	if writes {
		cmd.Long += "\n\nThe token comes from the environment variable SOGOC_TOKEN, or by name from the node's data folder with --as."
	}
}

// authorise finds the caller's token.
func (c *client) authorise(needed bool) error {
	c.token = os.Getenv("SOGOC_TOKEN")
	if c.as == "" {
		if needed && c.token == "" {
			return usage(fmt.Errorf("who records this? set SOGOC_TOKEN, or name a member with --as"))
		}
		return nil
	}
	tokens, err := node.Tokens(c.data)
	if err != nil {
		return fmt.Errorf("--as: %w", err)
	}
	var ok bool
	if c.token, ok = tokens[c.as]; !ok {
		names := make([]string, 0, len(tokens))
		for name := range tokens {
			names = append(names, name)
		}
		sort.Strings(names)
		return usage(fmt.Errorf("--as: there is no %q in %s/tokens.json; there are %s", c.as, c.data, strings.Join(names, ", ")))
	}
	return nil
}

const clientTimeout = 2 * time.Minute

// do sends a request; an answer that is not a success is an error in the words of
// its problem details.
func (c *client) do(ctx context.Context, method, path string, header map[string]string, body []byte) (http.Header, []byte, error) {
	ctx, cancel := context.WithTimeout(ctx, clientTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, strings.TrimSuffix(c.url, "/")+path, bytes.NewReader(body))
	if err != nil {
		return nil, nil, usage(err)
	}
	for k, v := range header {
		req.Header.Set(k, v)
	}
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, nil, fmt.Errorf("the node at %s does not answer: %w", c.url, err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, nil, err
	}
	if resp.StatusCode >= 300 {
		return nil, nil, problem(resp.Status, b)
	}
	return resp.Header, b, nil
}

func problem(status string, b []byte) error {
	var p struct {
		Detail string
		Field  string
		Errors []struct{ Field, Message string }
	}
	if err := json.Unmarshal(b, &p); err != nil || p.Detail == "" {
		return fmt.Errorf("the node answers %s", status)
	}
	if len(p.Errors) > 1 {
		var lines []string
		for _, e := range p.Errors {
			lines = append(lines, "  "+strings.TrimPrefix(e.Field+": "+e.Message, ": "))
		}
		return fmt.Errorf("refused (%s):\n%s", status, strings.Join(lines, "\n"))
	}
	return fmt.Errorf("refused (%s): %s", status, strings.TrimPrefix(p.Field+": "+p.Detail, ": "))
}

func newCapture() *cobra.Command {
	var c client
	var audience string
	cmd := &cobra.Command{
		Use: "capture FILE...", Short: "Record EPCIS documents in a running node",
		Long: "Record EPCIS 2.0 JSON-LD documents in a running node. Each document is recorded whole or not at all; one that is on the register already is not recorded twice.",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usage(fmt.Errorf("which files?"))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, files []string) error {
			if err := c.authorise(true); err != nil {
				return err
			}
			bar := progress{out: os.Stderr}
			defer bar.clear()
			for i, name := range files {
				if len(files) > 1 {
					bar.show("recording", i, len(files))
				}
				b, err := os.ReadFile(name)
				if err != nil {
					return err
				}
				h, _, err := c.do(cmd.Context(), http.MethodPost, "/epcis/capture", map[string]string{"Content-Type": "application/ld+json", "Sogoc-Audience": audience}, b)
				if err != nil {
					return fmt.Errorf("%s: %w", name, err)
				}
				bar.clear()
				fmt.Fprintf(cmd.OutOrStdout(), "%s: recorded, entry %s\n", name, strings.TrimPrefix(h.Get("Location"), "/epcis/capture/"))
			}
			return nil
		},
	}
	c.flags(cmd, true)
	cmd.Flags().StringVar(&audience, "audience", "parties", "who may read it: public, parties or own")
	return cmd
}

func newTrace() *cobra.Command {
	var c client
	var direction string
	var asJSON bool
	cmd := &cobra.Command{
		Use: "trace ID", Short: "Show what a thing was made from, and what was made of it",
		Args: exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if _, err := trace.ParseTyped(args[0]); err != nil {
				return usage(err)
			}
			if err := c.authorise(false); err != nil {
				return err
			}
			_, b, err := c.do(cmd.Context(), http.MethodGet, "/api/v1/trace/"+url.PathEscape(args[0])+"?direction="+url.QueryEscape(direction), nil, nil)
			if err != nil {
				return err
			}
			if asJSON {
				_, err := cmd.OutOrStdout().Write(b)
				return err
			}
			return printTrace(cmd.OutOrStdout(), b)
		},
	}
	c.flags(cmd, false)
	cmd.Flags().StringVar(&direction, "direction", "both", "up, down or both")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the node's answer as it is")
	return cmd
}

func printTrace(out io.Writer, b []byte) error {
	var g struct {
		Nodes []struct {
			ID       string
			Depth    int
			Name     struct{ VI string }
			Made     string
			Recalled bool
			Flags    []string
		}
		Edges     []struct{ From, To, Kind, Quantity string }
		Truncated bool
	}
	if err := json.Unmarshal(b, &g); err != nil {
		return err
	}
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "STEPS\tID\tNAME\tMADE\tSTATE")
	for _, n := range g.Nodes {
		state := strings.Join(n.Flags, " ")
		if n.Recalled {
			state = strings.TrimSpace("RECALLED " + state)
		}
		fmt.Fprintf(w, "%+d\t%s\t%s\t%s\t%s\n", n.Depth, n.ID, n.Name.VI, n.Made, state)
	}
	if g.Truncated {
		fmt.Fprintln(w, "…\tthere is more than the limit")
	}
	return w.Flush()
}

func newQR() *cobra.Command {
	var base, file string
	cmd := &cobra.Command{
		Use: "qr ID", Short: "Draw the QR code of a product, a lot or a piece",
		Args: exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := trace.ParseTyped(args[0])
			if err != nil {
				return usage(err)
			}
			if id.Path() == "" {
				return usage(fmt.Errorf("%s has no address of its own; GS1 keys and register-issued codes have one", id))
			}
			link := id.Link(base)
			if file != "" {
				b, err := api.QR(link)
				if err != nil {
					return err
				}
				fmt.Fprintln(cmd.OutOrStdout(), link)
				return os.WriteFile(file, b, 0o644)
			}
			fmt.Fprintln(cmd.OutOrStdout(), link)
			return drawQR(cmd.OutOrStdout(), link)
		},
	}
	cmd.Flags().StringVar(&base, "public-url", "http://localhost:8080", "address that the code carries")
	cmd.Flags().StringVarP(&file, "output", "o", "", "write a PNG instead of drawing in the terminal")
	return cmd
}
