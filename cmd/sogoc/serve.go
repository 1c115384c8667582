package main

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/png"
	"io"
	"net/netip"
	"os"
	"strings"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/sogoc/sogoc/api"
	"github.com/sogoc/sogoc/api/account/openid"
	"github.com/sogoc/sogoc/cmd/internal/node"
	"github.com/sogoc/sogoc/ledger"
)

func newServe() *cobra.Command {
	var c node.Config
	var kind string
	var master masterFlags
	var proxies, providers []string
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Run a node",
		Long: "Run a node, on a ledger of its own or on a Fabric channel that several organisations share. Everything is in\n" +
			"the data folder, which is made when it does not exist. Ctrl-C lets running requests finish and closes the folder.",
		Args: exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			c.OrgKind = ledger.Kind(kind)
			if c.MasterKey, err = master.read(!node.Founded(c.Data)); err != nil {
				return err
			}
			if c.TrustedProxies, err = networks(proxies); err != nil {
				return usage(fmt.Errorf("--trusted-proxies: %w", err))
			}
			if c.Mail.Password, err = secretEnv("SOGOC_SMTP_PASSWORD"); err != nil {
				return err
			}
			if c.OpenID, err = openIDs(providers); err != nil {
				return err
			}
			if len(c.TLS.Domains) > 0 && !cmd.Flags().Changed("listen") {
				c.Listen = ""
			}
			if err := c.Check(); err != nil {
				return usage(err)
			}
			return serve(cmd.Context(), c, cmd.OutOrStdout())
		},
	}
	f := cmd.Flags()
	f.StringVar(&c.Data, "data", node.DefaultData, "folder of the register")
	f.StringVar(&c.Listen, "listen", node.DefaultListen, "address to answer on; :8080 answers other machines and phones too")
	f.StringVar(&c.PublicURL, "public-url", "", "address where people reach the node, which QR codes carry")
	f.StringVar(&c.MetricsListen, "metrics-listen", "", "address of this machine alone, like localhost:9100, on which Prometheus reads /metrics; nobody does where nothing is said")
	tls := &c.TLS
	f.StringVar(&tls.Cert, "tls-cert", "", "answer https by the certificate in this PEM file, with its chain; read again when it changes")
	f.StringVar(&tls.Key, "tls-key", "", "PEM file of that certificate's key")
	f.StringSliceVar(&tls.Domains, "acme", nil, "answer https by certificates that an authority issues for these domain names, whose terms you accept by this; it must reach the node as port 443 of each name, or --http-redirect as port 80; --listen is :443, and certificates are kept in the data folder")
	f.StringVar(&tls.Email, "acme-email", "", "where that authority writes to")
	f.StringVar(&tls.Directory, "acme-directory", "", "ACME directory of the authority, Let's Encrypt where nothing is said")
	f.StringVar(&tls.Redirect, "http-redirect", "", `address on which plain http is sent on to the public one, :80 with --acme; "none" for no such address`)
	f.StringSliceVar(&proxies, "trusted-proxies", nil, "networks or addresses of the proxies before the node, whose X-Forwarded-For and X-Forwarded-Proto it believes; nobody's where nothing is said")
	f.StringVar(&c.Mail.URL, "smtp-url", "", "server that sends the node's mail, as smtps://user@mail.example:465, or smtp:// with STARTTLS; $SOGOC_SMTP_PASSWORD holds the user's password")
	f.StringVar(&c.Mail.From, "mail-from", "", "whom that mail is from, as \"Sổ Gốc <so@bacgiang.example>\"")
	f.StringArrayVar(&providers, "oidc", nil, "OpenID Connect provider that people may sign in at, as ISSUER,CLIENT_ID or ISSUER,CLIENT_ID,NAME; may be given again; $SOGOC_OIDC_SECRET holds the client's secret, $SOGOC_OIDC_SECRET_2 that of the second, and so on; the address to register there is the public one with "+api.ProviderReturn)
	f.StringSliceVar(&c.ServiceHosts, "service-hosts", nil, "hosts of data services that the node may call although they are not on the public internet, also by plain http, as 10.0.0.7:8080; none where nothing is said")
	f.StringVar(&c.Name, "name", "Sổ Gốc", "name of the register, fixed when it is founded")
	f.StringVar(&c.Recovery, "recovery-key", "", "verifier key of the recovery key (sogoc keys recovery), fixed when the register is founded; without one, nothing tells good from bad of what a compromised checkpoint key signed")
	f.StringVar(&c.Ledger, "ledger", node.Embedded, "what the register is on: embedded or fabric")
	f.StringVar(&c.Profile, "profile", "", "file that says how to reach the Fabric channel")
	f.StringVar(&c.Peers, "peers", "", "file that names the nodes with which this one works, as sogoc peers makes it")
	f.StringVar(&c.OrgName, "org-name", "", "name by which this node's organisation applies for admission to a register on Fabric")
	f.StringVar(&kind, "org-kind", string(ledger.KindAgency), "what that organisation is")
	master.add(cmd)
	f.BoolVar(&c.Demo, "demo", false, "fill a new register with a sample province, and answer phones on this network; not for the Internet")
	return cmd
}

// secretEnv takes a secret out of the environment, so that no child process inherits
// it. It is empty where there is none.
func secretEnv(name string) (string, error) {
	s := os.Getenv(name)
	return s, os.Unsetenv(name)
}

// openIDs reads providers and takes their secrets from the environment.
func openIDs(list []string) (all []openid.Config, err error) {
	for i, s := range list {
		parts := strings.SplitN(s, ",", 3)
		if len(parts) < 2 {
			return nil, usage(fmt.Errorf("--oidc: %q is not an issuer and a client id with a comma between", s))
		}
		o := openid.Config{Issuer: parts[0], ClientID: parts[1]}
		if len(parts) > 2 {
			o.Name = parts[2]
		}
		name := "SOGOC_OIDC_SECRET"
		if i > 0 {
			name = fmt.Sprintf("%s_%d", name, i+1)
		}
		if o.Secret, err = secretEnv(name); err != nil {
			return nil, err
		}
		all = append(all, o)
	}
	return all, nil
}

// networks reads networks like 10.1.0.0/16, and single addresses.
func networks(list []string) (all []netip.Prefix, err error) {
	for _, s := range list {
		p, err := netip.ParsePrefix(s)
		if a, single := netip.ParseAddr(s); single == nil {
			p, err = a.Prefix(a.BitLen())
		}
		if err != nil {
			return nil, fmt.Errorf("%q is not a network like 10.1.0.0/16", s)
		}
		all = append(all, p)
	}
	return all, nil
}

func serve(ctx context.Context, c node.Config, out io.Writer) error {
	c.Version = version()
	bar := progress{out: os.Stderr}
	c.Progress = bar.show
	if c.Demo && c.Listen == node.DefaultListen {
		c.Listen = ":8080" // so that a phone on the same network can open the page
	}
	n, err := node.Start(ctx, c)
	if err != nil {
		return err
	}
	if c.Demo {
		if err := n.Fill(ctx); err != nil {
			n.Close()
			return err
		}
	}
	bar.clear()
	if err := welcome(ctx, n, out); err != nil {
		n.Close()
		return err
	}
	err = n.Serve(ctx)
	if closeErr := n.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		fmt.Fprintln(out, "Đã đóng sổ · The register is closed.")
	}
	return err
}

// tellRestored says what the register goes on from.
func tellRestored(b io.Writer, r *node.Restored) {
	fmt.Fprintf(b, "\nKhôi phục từ bản sao lưu lúc %s, có %d bản ghi · restored from a backup of %s with %d records.\n", r.Backup, r.Size, r.Backup, r.Size)
	if r.LossAccepted {
		fmt.Fprintf(b, "Chưa ai xác nhận là không mất bản ghi nào sau đó. Nobody made sure that no record came after it.\n")
	}
}

// welcomePages is how many sample pages are worth a line at the start.
const welcomePages = 6

// welcome prints what is worth opening.
func welcome(ctx context.Context, n *node.Node, out io.Writer) error {
	var b bytes.Buffer
	g := n.Ledger.Genesis()
	fmt.Fprintf(&b, "%s · %s\n", g.Name, n.Address())
	fmt.Fprintf(&b, "  register   %s, %d records\n", n.Trust.Register, n.Ledger.Size())
	fmt.Fprintf(&b, "  EPCIS 2.0  %s/epcis\n", n.Address())
	fmt.Fprintf(&b, "  API        %s/openapi.json\n", n.Address())
	fmt.Fprintf(&b, "  trust file %s/trust.json\n", n.Config.Data)
	fmt.Fprintf(&b, "  tokens     %s/tokens.json\n", n.Config.Data)
	if n.Config.Demo {
		tellDemo(&b, n)
	}
	if r := n.Restored; r != nil {
		tellRestored(&b, r)
	}
	tellMaster(&b, n)
	if err := tellSetUp(ctx, &b, n); err != nil {
		return err
	}
	waiting, err := n.Waiting(ctx)
	if err != nil {
		return err
	}
	if waiting {
		fmt.Fprintf(&b, "\nTổ chức chưa được kết nạp · this node's organisation is not admitted yet. The operator admits it with\n")
		fmt.Fprintf(&b, "  sogoc admit --as operator %s\n", n.ApplicationFile())
	}
	s, ok, err := n.Sample()
	if err != nil {
		return err
	}
	if ok && s.Done {
		fmt.Fprintf(&b, "\nDữ liệu mẫu · sample data: %d events\n", s.Events)
		for _, p := range s.Pages[:min(len(s.Pages), welcomePages)] {
			fmt.Fprintf(&b, "  %s\n    %s\n", p.Note, p.ID.Link(n.URL))
		}
		fmt.Fprintf(&b, "  Dữ liệu mở · open data\n    %s/datasets/%s\n", n.URL, s.Dataset)
		if len(s.Pages) > 0 {
			link := s.Pages[0].ID.Link(n.Public)
			fmt.Fprintf(&b, "\nQuét bằng điện thoại · scan with a phone: %s\n", link)
			if err := drawQR(&b, link); err != nil {
				return err
			}
		}
	}
	_, err = out.Write(b.Bytes())
	return err
}

// tellDemo warns of a node that must stay at home.
func tellDemo(b io.Writer, n *node.Node) {
	fmt.Fprintf(b, "\nĐây là bản chạy thử với dữ liệu mẫu, mọi khóa nằm trong %s. Đừng đưa lên Internet.\n", n.Config.Data)
	fmt.Fprintf(b, "This is a sample with all its keys in %s. Do not put it on the Internet.\n", n.Config.Data)
}

// drawQR draws an address in the terminal, two rows of modules a line, light on
// dark with its quiet zone.
func drawQR(w io.Writer, address string) error {
	raw, err := api.QR(address)
	if err != nil {
		return err
	}
	img, err := png.Decode(bytes.NewReader(raw))
	if err != nil {
		return err
	}
	const step = api.QRModule
	size := img.Bounds().Dx() / step
	for y := 0; y < size; y += 2 {
		line := make([]rune, 0, size)
		for x := range size {
			line = append(line, block(light(img, x*step, y*step), y+1 >= size || light(img, x*step, (y+1)*step)))
		}
		if _, err := fmt.Fprintln(w, string(line)); err != nil {
			return err
		}
	}
	return nil
}

func light(img image.Image, x, y int) bool {
	r, _, _, _ := img.At(x, y).RGBA()
	return r > 0x7fff
}

func block(upper, lower bool) rune {
	switch {
	case upper && lower:
		return '█'
	case upper:
		return '▀'
	case lower:
		return '▄'
	}
	return ' '
}

// progress shows how far long work is, on a terminal only.
type progress struct {
	out  *os.File
	what string
	bar  *progressbar.ProgressBar
}

func (p *progress) show(what string, done, total int) {
	if !term.IsTerminal(int(p.out.Fd())) {
		return
	}
	if p.bar == nil || p.what != what {
		p.clear()
		p.what = what
		p.bar = progressbar.NewOptions(total, progressbar.OptionSetWriter(p.out), progressbar.OptionSetDescription(what),
			progressbar.OptionClearOnFinish(), progressbar.OptionSetWidth(30), progressbar.OptionShowCount())
	}
	p.bar.ChangeMax(total)
	p.bar.Set(done) // a bar that cannot be drawn is no reason to stop
}

func (p *progress) clear() {
	if p.bar != nil {
		p.bar.Clear() // as above
		p.bar = nil
	}
}
