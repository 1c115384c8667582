package sheets

import (
	"context"
	"slices"
	"strings"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// roleWords are the roles in words, in the order of ledger.Roles.
var roleWords = map[ledger.Role]trace.Text{
	ledger.RoleAdmin:     {VI: "quản trị", EN: "administration"},
	ledger.RoleRecorder:  {VI: "ghi sổ", EN: "recording"},
	ledger.RolePublisher: {VI: "công bố dữ liệu", EN: "publishing data"},
	ledger.RoleRecaller:  {VI: "thu hồi", EN: "recalls"},
}

var memberColumns = []Column{
	func() Column {
		c := nameColumn
		c.Example = exampleMark
		c.Help = trace.Text{VI: "Họ và tên.", EN: "First and last name."}
		return c
	}(),
	{
		Key: "phone", Heading: trace.Text{VI: "Điện thoại", EN: "Phone"}, Example: "0912 345 678",
		Help: trace.Text{VI: "Có số thì chỉ người giữ số đó vào được. Người đã vào thì bảng xuất ra không có số.", EN: "With a number only who has it can join. An export leaves out the numbers of who has joined."},
		get:  func(_ *book, t *thing) string { return t.Said.Phone },
		set: func(_ *book, t *thing, cell string) (err error) {
			if len(cell) == 9 && strings.Trim(cell, "0123456789") == "" {
				cell = "0" + cell // a spreadsheet took it for a number
			}
			if t.Said.Phone, err = account.ParsePhone(cell); err != nil {
				return wrong("phone")
			}
			return nil
		},
	},
	{
		Key: "roles", Heading: trace.Text{VI: "Quyền", EN: "Roles"}, Example: "ghi sổ",
		Help: trace.Text{VI: "quản trị, ghi sổ, công bố dữ liệu, thu hồi; nhiều quyền thì cách nhau bằng dấu chấm phẩy. Để trống là ghi sổ.", EN: "administration, recording, publishing data, recalls; several with semicolons between them. Empty is recording."},
		get: func(_ *book, t *thing) string {
			var words []string
			for _, r := range ledger.Roles {
				if slices.Contains(t.Roles, r) {
					words = append(words, roleWords[r].VI)
				}
			}
			return strings.Join(words, "; ")
		},
		set: func(_ *book, t *thing, cell string) error {
			t.Roles = nil
			for _, word := range oldCodes(strings.ReplaceAll(cell, ",", ";")) {
				i := slices.IndexFunc(ledger.Roles, func(r ledger.Role) bool { return chosen(word, []trace.Text{roleWords[r]}) == 0 })
				if i < 0 {
					return wrong("roles")
				}
				if !slices.Contains(t.Roles, ledger.Roles[i]) {
					t.Roles = append(t.Roles, ledger.Roles[i])
				}
			}
			return nil
		},
	},
}

// readMembers reads who belongs to the organisation, and who is invited.
func (b *book) readMembers(ctx context.Context) error {
	list, err := b.Office.Colleagues(ctx, b.org)
	if err != nil {
		return err
	}
	for _, c := range list {
		if c.Gone() || c.Name == "" {
			continue // it has left, or is of another node
		}
		t := &thing{ID: trace.MustID("urn:member:" + c.Member.String()), Roles: c.Roles}
		t.Said.Name.VI = c.Name
		b.has(t)
		a, err := b.Office.Accounts.Account(ctx, c.Account)
		if err != nil {
			return err
		}
		if a.Phone != "" {
			b.byPhone[a.Phone] = t // it finds them, and is not shown
		}
	}
	open, err := b.Office.Accounts.Invitations(ctx, b.org)
	if err != nil {
		return err
	}
	for _, l := range open {
		t := &thing{ID: trace.MustID("urn:invitation:" + l.ID), Roles: l.Roles}
		t.Said.Name.VI, t.Said.Phone = l.Name, l.Phone
		if l.Name != "" {
			b.has(t)
		}
		if l.Phone != "" {
			b.byPhone[l.Phone] = t
		}
	}
	return nil
}

// judgeMember says what a row of a person would do: whoever is there stays as they are.
func (b *book) judgeMember(row *Row, t *thing) {
	is := b.byPhone[t.Said.Phone]
	byPhone := is != nil
	if is == nil {
		is = b.byName[t.plainName()]
	}
	same := is != nil && (row.cell(Members, "roles") == "" || sameRoles(t.Roles, is.Roles))
	switch {
	case byPhone && !same:
		row.Faults = append(row.Faults, Fault{Column: "roles", What: "memberrole", Cell: row.cell(Members, "roles")})
		row.State = Wrong
	case is == nil:
		row.State = New
	case byPhone, same && t.Said.Phone == is.Said.Phone:
		row.State, row.ID = Same, is.ID
	default:
		row.State, row.ID = Alike, is.ID
	}
}

func sameRoles(a, b []ledger.Role) bool {
	return len(a) == len(b) && !slices.ContainsFunc(a, func(r ledger.Role) bool { return !slices.Contains(b, r) })
}

// Invitations are those that a draft of members which was decided asks for.
func (s *Service) Invitations(d *Draft) (list []account.Link) {
	b := &book{Service: s, kind: Members}
	for _, row := range d.Rows {
		if row.State == New || row.Fresh {
			t := b.apply(&Row{Cells: row.Cells}, nil)
			list = append(list, account.Link{Org: d.Org, Name: t.Said.Name.VI, Phone: t.Said.Phone, Roles: t.Roles})
		}
	}
	return list
}
