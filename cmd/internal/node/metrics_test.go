package node_test

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/sogoc/sogoc/cmd/internal/node"
	"github.com/sogoc/sogoc/ledger"
)

// TestMetrics: Prometheus reads what the node did, at an address of this machine alone
// and nowhere else.
func TestMetrics(t *testing.T) {
	t.Parallel()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := free.Addr().String()
	free.Close()
	s := startSite(t, node.Config{Data: t.TempDir(), MetricsListen: address})
	s.admit("Hợp tác xã", ledger.KindCoop)
	s.must(s.get("/readyz", ""), http.StatusOK)
	scanned := s.get("/t/nothing", "").StatusCode
	r, err := http.Get("http://" + address + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	raw, err := io.ReadAll(r.Body)
	if err != nil || r.StatusCode != http.StatusOK {
		t.Fatalf("%s, %v", r.Status, err)
	}
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	// value is a sample's, of the one whose labels are given.
	value := func(name string, labels ...string) float64 {
		t.Helper()
		f := families[name]
		if f == nil {
			t.Errorf("there is no %s", name)
			return -1
		}
		for _, m := range f.Metric {
			var have []string
			for _, l := range m.Label {
				have = append(have, l.GetValue())
			}
			if strings.Join(have, " ") != strings.Join(labels, " ") {
				continue
			}
			switch {
			case m.Gauge != nil:
				return m.Gauge.GetValue()
			case m.Counter != nil:
				return m.Counter.GetValue()
			case m.Histogram != nil:
				return float64(m.Histogram.GetSampleCount())
			}
		}
		t.Errorf("%s has no %q", name, labels)
		return -1
	}
	size := float64(s.Ledger.Size())
	for _, c := range []struct {
		least, most float64
		name        string
		labels      []string
	}{
		{size, size, "sogoc_ledger_entries", nil},
		{0, 0, "sogoc_queue_transactions", nil},
		{size, size, "sogoc_model_height", []string{"index"}},
		{size, size, "sogoc_model_height", []string{"catalogue"}},
		{1, size, "sogoc_group_transactions", nil},
		{1, size, "sogoc_sync_seconds", nil},
		{size, size, "sogoc_commit_seconds", nil},
		{1, 1e12, "sogoc_store_bytes", []string{"payloads"}},
		{1, 1, "sogoc_writable", nil},
		{1, 1, "sogoc_http_requests_total", []string{"health", "200"}},
		{1, 1, "sogoc_http_requests_total", []string{"code", strconv.Itoa(scanned)}},
		{1, 1e6, "sogoc_http_requests_total", []string{"api", "201"}},
	} {
		if got := value(c.name, c.labels...); got < c.least || got > c.most {
			t.Errorf("%s %v is %v, want %v to %v", c.name, c.labels, got, c.least, c.most)
		}
	}
	if a := s.get("/metrics", s.operator); a.StatusCode != http.StatusNotFound {
		t.Errorf("the node's own address answers /metrics: %s", a.Status)
	}
	for _, other := range []string{":9100", "0.0.0.0:9100", "192.0.2.1:9100", "9100"} {
		if err := (node.Config{MetricsListen: other}).Check(); err == nil || !strings.Contains(err.Error(), "--metrics-listen") {
			t.Errorf("%s: %v", other, err)
		}
	}
}
