package office

import (
	"bytes"
	"context"
	"net/http"
	"slices"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/ledger/content"
	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/index"
)

// certificateTypes are what a certificate may be attached as, by what its bytes say.
var certificateTypes = []string{"application/pdf", "image/jpeg", "image/png"}

// MaxCertificate is the largest document of a certificate, in bytes.
const MaxCertificate = 10 << 20

// Certify issues a certificate, with its document where there is one. Everybody may
// read that document.
func (o *Office) Certify(ctx context.Context, by *account.Identity, c trace.Certificate, document []byte) error {
	if len(document) > 0 {
		switch {
		case len(document) > MaxCertificate:
			return ledger.FieldErrorf(ledger.TooLarge, "document", "has more than %d bytes", MaxCertificate)
		case !slices.Contains(certificateTypes, http.DetectContentType(document)):
			return ledger.FieldErrorf(ledger.Invalid, "document", "is neither a PDF nor a photo (JPEG, PNG)")
		}
		ref, err := o.Payloads.Put(ctx, bytes.NewReader(document), content.Options{})
		if err != nil {
			return err
		}
		c.Doc = ref.CID.String()
	}
	return o.certify(ctx, by, c)
}

// StepCertificate suspends, reinstates or revokes a certificate.
func (o *Office) StepCertificate(ctx context.Context, by *account.Identity, was *index.Certificate, step trace.CertificateStep, why string) error {
	if why == "" {
		return ledger.FieldErrorf(ledger.Invalid, "reason", "is missing")
	}
	c := was.Certificate
	c.Suspended, c.Reinstated, c.Revoked = "", "", ""
	switch step {
	case trace.CertificateSuspended:
		c.Suspended = why
	case trace.CertificateReinstated:
		c.Reinstated = why
	case trace.CertificateRevoked:
		c.Revoked = why
	}
	return o.certify(ctx, by, c)
}

func (o *Office) certify(ctx context.Context, by *account.Identity, c trace.Certificate) error {
	_, err := o.Record(ctx, by, trace.Contract, trace.ActionCertify, trace.CertifySummary([]trace.Certificate{c}), c)
	return err
}
