package bench

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"

	"github.com/sogoc/sogoc/cmd/internal/node"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// register is a node with one co-op.
type register struct {
	Config
	*Coop
	token   string // of the co-op, whose key the node has in custody as well
	client  *http.Client
	serving chan error
	stop    context.CancelFunc
	events  int64 // that were recorded
	lots    []trace.ID
}

func (r *register) data() string { return filepath.Join(r.Dir, "data") }

func start(ctx context.Context, c Config) (_ *register, err error) {
	r := &register{Config: c, serving: make(chan error, 1), client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: c.Writers}}}
	quiet := slog.New(slog.DiscardHandler)
	n, err := node.Start(ctx, node.Config{
		Data: r.data(), Listen: "127.0.0.1:0", PublicURL: "https://sogoc.example", Log: quiet,
		MasterKey: node.MasterKey{File: filepath.Join(c.Dir, "master.key")},
	})
	if err != nil {
		return nil, err
	}
	if r.Coop, err = Admit(ctx, n); err == nil {
		_, err = n.Accounts.Keep("bench", r.Member, r.ID, r.key)
	}
	if err == nil {
		r.token, err = n.Accounts.NewToken(ledger.AddressOf(&r.key.PublicKey))
	}
	if err != nil {
		return nil, errors.Join(err, n.Close())
	}
	serving, stop := context.WithCancel(ctx)
	r.stop = stop
	go func() { r.serving <- r.Serve(serving) }()
	return r, nil
}

func (r *register) close() error {
	r.stop()
	r.client.CloseIdleConnections()
	if err := <-r.serving; err != nil {
		return err
	}
	return r.Node.Close()
}

// document holds n events, each with a note of so many bytes.
func (r *register) document(n, noted int) ([]byte, error) {
	events := make([]any, n)
	for i := range events {
		e, _, err := r.Event(noted)
		if err != nil {
			return nil, err
		}
		events[i] = e
	}
	return Document(events...)
}

// prepared makes and signs n events.
func (r *register) prepared(ctx context.Context, n int) ([]Write, error) {
	list := make([]Write, n)
	_, err := parallel(ctx, r.Config, "signing", n, 2, func(i int) (err error) {
		list[i], err = r.Prepare()
		return err
	})
	return list, err
}

// ask makes a request and reads the answer to its end, packed as it comes: unpacking
// pages would take the loader longer than the node takes to answer.
func (r *register) ask(ctx context.Context, method, path string, body []byte, want int) error {
	req, err := http.NewRequestWithContext(ctx, method, strings.Replace(r.URL, "localhost", "127.0.0.1", 1)+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/ld+json")
		req.Header.Set("Authorization", "Bearer "+r.token)
	}
	req.Header.Set("Accept-Encoding", "gzip")
	answer, err := r.client.Do(req)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != want {
		b, err := io.ReadAll(io.LimitReader(answer.Body, 300))
		return errors.Join(fmt.Errorf("%s %s: %s: %s", method, path, answer.Status, b), err)
	}
	_, err = io.Copy(io.Discard, answer.Body)
	return err
}
