package account

import (
	"bytes"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/sogoc/sogoc/ledger"
)

var shopperAt = From{Address: netip.MustParseAddr("192.0.2.1")}

func TestComplaints(t *testing.T) {
	c := &clock{at: time.Now()}
	s := reopen(t, t.TempDir(), c)
	ctx := t.Context()
	coop := Clerk{Account: ledger.NewID(), Org: ledger.NewID()}
	other, agency := Clerk{Account: ledger.NewID(), Org: ledger.NewID()}, Clerk{Account: ledger.NewID(), Org: ledger.NewID(), Agency: true}
	photo := bytes.Repeat([]byte("picture "), 100_000)
	mild := Filed{Of: "x", Lot: "x", Org: coop.Org, What: MatterMismatch, Text: " Khối lượng\r\nkhông đúng ", Contact: "0912 345 678", Photo: photo}
	one, secret, err := s.File(ctx, mild, shopperAt)
	must(t, err)
	grave := mild
	grave.What, grave.Photo, grave.Contact = MatterSick, nil, ""
	two, _, err := s.File(ctx, grave, shopperAt)
	must(t, err)

	if got, contact, err := s.Complaint(ctx, one.Ref, coop); err != nil || got.Text != "Khối lượng\nkhông đúng" || contact != mild.Contact || got.State() != "new" || got.Handed != nil {
		t.Errorf("%+v, %q, %v", got, contact, err)
	}
	if got, err := s.ComplaintPhoto(ctx, one.Ref, coop); err != nil || !bytes.Equal(got, photo) {
		t.Errorf("the photo has %d bytes, %v", len(got), err)
	}
	sees := func(by Clerk, refs ...string) {
		t.Helper()
		all, err := s.Complaints(ctx, by)
		if err != nil || len(all) != len(refs) {
			t.Errorf("%d are seen, %v; want %d", len(all), err, len(refs))
		}
	}
	sees(coop, one.Ref, two.Ref)
	sees(other)
	sees(agency, two.Ref) // unsafe food goes there at once
	for _, by := range []Clerk{other, agency} {
		if _, _, err := s.Complaint(ctx, one.Ref, by); ledger.CodeOf(err) != ledger.NotFound {
			t.Errorf("another reads it: %v", err)
		}
		if _, err := s.AnswerComplaint(ctx, one.Ref, by, "x"); ledger.CodeOf(err) != ledger.NotFound {
			t.Errorf("another answers: %v", err)
		}
		if _, err := s.ComplaintPhoto(ctx, one.Ref, by); ledger.CodeOf(err) != ledger.NotFound {
			t.Errorf("another sees the photo: %v", err)
		}
	}
	must(t, s.SeeComplaint(ctx, two.Ref, agency))
	if got, _, err := s.Complaint(ctx, two.Ref, coop); err != nil || got.State() != "new" {
		t.Errorf("what the agency opened is %s for the co-op, %v", got.State(), err)
	}
	must(t, s.SeeComplaint(ctx, one.Ref, coop))
	_, err = s.HandComplaint(ctx, one.Ref, coop)
	must(t, err)
	sees(agency, one.Ref, two.Ref)
	_, err = s.AnswerComplaint(ctx, one.Ref, agency, "Chúng tôi đang kiểm tra.")
	must(t, err)
	if _, err := s.AnswerComplaint(ctx, one.Ref, coop, "  "); ledger.CodeOf(err) != ledger.Invalid {
		t.Errorf("an empty answer is taken: %v", err)
	}
	got, err := s.OwnComplaint(ctx, one.Ref, strings.ToLower(Spaced(secret)), shopperAt)
	if err != nil || got.State() != "answered" || len(got.Notes) != 1 || got.Notes[0].Org != agency.Org {
		t.Errorf("the reporter reads %+v, %v", got, err)
	}
	if _, err := s.CloseComplaint(ctx, one.Ref, coop); err != nil {
		t.Fatal(err)
	}
	if _, err := s.AnswerComplaint(ctx, one.Ref, coop, "x"); ledger.CodeOf(err) != ledger.Conflict {
		t.Errorf("what is closed is answered: %v", err)
	}
	if got, contact, err := s.Complaint(ctx, one.Ref, coop); err != nil || contact == "" || got.State() != "closed" || !got.Gone().Equal(got.Closed.Add(ForgetReporter)) {
		t.Errorf("%+v, %q, %v", got, contact, err)
	}
	counts, err := s.CountComplaints(ctx)
	if err != nil || counts["closed"] != 1 || counts["new"] != 1 || counts["handed"] != 2 {
		t.Errorf("%v, %v", counts, err)
	}
}

// TestForgottenReporter: how a reporter is reached, and their photo, go by themselves.
func TestForgottenReporter(t *testing.T) {
	c := &clock{at: time.Now().Add(-ForgetReporter - time.Hour)} // what goes does so by the system's clock
	s := reopen(t, t.TempDir(), c)
	ctx := t.Context()
	by := Clerk{Account: ledger.NewID(), Org: ledger.NewID()}
	one, _, err := s.File(ctx, Filed{Of: "x", Lot: "x", Org: by.Org, What: MatterOther, Text: "x", Contact: "0912 345 678", Photo: []byte("picture")}, shopperAt)
	must(t, err)
	if _, contact, err := s.Complaint(ctx, one.Ref, by); err != nil || contact == "" {
		t.Errorf("%q, %v", contact, err)
	}
	_, err = s.CloseComplaint(ctx, one.Ref, by)
	must(t, err)
	if got, contact, err := s.Complaint(ctx, one.Ref, by); err != nil || contact != "" || got.Text != "x" {
		t.Errorf("the contact is still there: %q, %v", contact, err)
	}
	if b, err := s.ComplaintPhoto(ctx, one.Ref, by); ledger.CodeOf(err) != ledger.NotFound {
		t.Errorf("the photo is still there: %d bytes, %v", len(b), err)
	}
}

// TestComplaintSecrets: a wrong code, another's and that of no complaint are told
// alike, and cannot be tried without end.
func TestComplaintSecrets(t *testing.T) {
	s := open(t)
	ctx := t.Context()
	f := Filed{Of: "x", Lot: "x", Org: ledger.NewID(), What: MatterOther, Text: "x"}
	one, secret, err := s.File(ctx, f, shopperAt)
	must(t, err)
	_, other, err := s.File(ctx, f, shopperAt)
	must(t, err)
	for ref, code := range map[string]string{one.Ref: other, "00000000": secret, one.Ref + "0": secret} {
		if c, err := s.OwnComplaint(ctx, ref, code, shopperAt); ledger.CodeOf(err) != ledger.NotFound || err.Error() != "secret: is not the code of this report" || c.Text != "" {
			t.Errorf("%s with %s: %+v, %v", ref, code, c, err)
		}
	}
	for range 10 {
		_, err = s.OwnComplaint(ctx, one.Ref, "", shopperAt)
	}
	if _, ok := RetryAfter(err); !ok {
		t.Errorf("codes are tried without end: %v", err)
	}
}

// TestComplaintFlood: one address waits after a few, and another does not.
func TestComplaintFlood(t *testing.T) {
	s := open(t)
	file := func(at string) error {
		_, _, err := s.File(t.Context(), Filed{Of: "x", Lot: "x", Org: ledger.ID{1}, What: MatterOther, Text: "x"}, From{Address: netip.MustParseAddr(at)})
		return err
	}
	n := 0
	for n = range 20 {
		if _, ok := RetryAfter(file("192.0.2.1")); ok {
			break
		}
	}
	if n < 3 || n > 8 {
		t.Errorf("an address may file %d", n)
	}
	must(t, file("192.0.2.2"))
	for _, f := range []Filed{{What: "x", Text: "x"}, {What: MatterOther}, {What: MatterOther, Text: strings.Repeat("x", MaxComplaintText+1)}, {What: MatterOther, Text: "x", Contact: strings.Repeat("x", 201)}} {
		if _, _, err := s.File(t.Context(), f, From{Address: netip.MustParseAddr("192.0.2.3")}); err == nil {
			t.Errorf("%+v is taken", f)
		}
	}
}
