package node

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/sogoc/sogoc/api"
	"github.com/sogoc/sogoc/api/watch"
)

// metrics are what a node tells Prometheus of itself. It is an embedded.Meter.
type metrics struct {
	*prometheus.Registry
	group, groupBytes, sync, commit prometheus.Histogram
	requests                        *prometheus.CounterVec
	took                            *prometheus.HistogramVec
}

func newMetrics() *metrics {
	histogram := func(name, help string, buckets []float64) prometheus.HistogramOpts {
		return prometheus.HistogramOpts{Name: "sogoc_" + name, Help: help, Buckets: buckets}
	}
	times := prometheus.ExponentialBuckets(0.0001, 2, 17) // 0.1 ms to 6.6 s
	m := &metrics{
		Registry:   prometheus.NewRegistry(),
		group:      prometheus.NewHistogram(histogram("group_transactions", "Transactions that were written together.", prometheus.ExponentialBuckets(1, 2, 12))),
		groupBytes: prometheus.NewHistogram(histogram("group_bytes", "Bytes of a block.", prometheus.ExponentialBuckets(1024, 4, 8))),
		sync:       prometheus.NewHistogram(histogram("sync_seconds", "Until a block is on disk.", times)),
		commit:     prometheus.NewHistogram(histogram("commit_seconds", "From a transaction's arrival to its entry.", times)),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "sogoc_http_requests_total", Help: "Requests that were answered, by class of route and status.",
		}, []string{"class", "status"}),
		took: prometheus.NewHistogramVec(histogram("http_request_seconds", "Until a request is answered, by class of route.", times), []string{"class"}),
	}
	m.MustRegister(m.group, m.groupBytes, m.sync, m.commit, m.requests, m.took,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// Group implements embedded.Meter.
func (m *metrics) Group(transactions, bytes int, sync time.Duration) {
	m.group.Observe(float64(transactions))
	m.groupBytes.Observe(float64(bytes))
	m.sync.Observe(sync.Seconds())
}

// Answer implements embedded.Meter.
func (m *metrics) Answer(waited time.Duration) { m.commit.Observe(waited.Seconds()) }

// answered counts a request.
func (m *metrics) answered(class string, status int, took time.Duration) {
	m.requests.WithLabelValues(class, strconv.Itoa(status)).Inc()
	m.took.WithLabelValues(class).Observe(took.Seconds())
}

// What is asked when somebody looks.
var (
	entriesDesc = prometheus.NewDesc("sogoc_ledger_entries", "Entries of the ledger.", nil, nil)
	queueDesc   = prometheus.NewDesc("sogoc_queue_transactions", "Transactions that were submitted and not answered yet.", nil, nil)
	heightDesc  = prometheus.NewDesc("sogoc_model_height", "Entries of the ledger that a read model or a background job has done.", []string{"model"}, nil)
	runningDesc = prometheus.NewDesc("sogoc_job_running", "Whether a background job runs.", []string{"job"}, nil)
	storeDesc   = prometheus.NewDesc("sogoc_store_bytes", "Bytes that a part of the data folder takes on the disk; payloads are one.", []string{"store"}, nil)
	freeDesc    = prometheus.NewDesc("sogoc_disk_free_bytes", "Free bytes of the disk that holds the data folder.", nil, nil)
	readyDesc   = prometheus.NewDesc("sogoc_writable", "Whether nothing stands against recording.", nil, nil)
)

// Describe implements prometheus.Collector.
func (n *Node) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{entriesDesc, queueDesc, heightDesc, runningDesc, storeDesc, freeDesc, readyDesc} {
		ch <- d
	}
}

// Collect implements prometheus.Collector.
func (n *Node) Collect(ch chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	yes := map[bool]float64{true: 1}
	gauge(entriesDesc, float64(n.Ledger.Size()))
	if q, ok := n.Ledger.(interface{ Waiting() int }); ok {
		gauge(queueDesc, float64(q.Waiting()))
	}
	for _, j := range n.Watch.Jobs() {
		gauge(runningDesc, yes[j.State == watch.Running], j.Name)
		if j.Height != nil {
			gauge(heightDesc, float64(*j.Height), j.Name)
		}
	}
	for _, s := range n.Watch.Stores() {
		gauge(storeDesc, float64(s.Bytes), s.Name)
	}
	if d := n.Watch.Disk(); d.Total > 0 {
		gauge(freeDesc, float64(d.Free))
	}
	gauge(readyDesc, yes[n.writable() == nil])
}

// writable says why nothing can be recorded now.
func (n *Node) writable() error {
	if l, ok := n.Ledger.(interface{ Writable() error }); ok {
		return l.Writable()
	}
	return n.alarm()
}

// openMetrics listens for Prometheus where the configuration says so.
func (n *Node) openMetrics() (err error) {
	if n.Config.MetricsListen == "" {
		return nil
	}
	if n.metricsListener, err = net.Listen("tcp", n.Config.MetricsListen); err != nil {
		return fmt.Errorf("--metrics-listen: %w", err)
	}
	return n.metrics.Register(n)
}

// serveMetrics answers Prometheus until the context ends.
func (n *Node) serveMetrics(ctx context.Context) error {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(n.metrics, promhttp.HandlerOpts{MaxRequestsInFlight: 4}))
	return api.Serve(ctx, n.metricsListener, mux)
}

// loopback reports whether only this machine reaches an address to listen on.
func loopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	ip := net.ParseIP(host)
	return err == nil && (host == "localhost" || ip != nil && ip.IsLoopback())
}
