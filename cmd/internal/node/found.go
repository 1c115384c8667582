package node

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// found makes the operator's organisation the register's first entry, and takes
// the operator's key into custody. The read models have caught up.
func (n *Node) found(ctx context.Context) error {
	address := ledger.AddressOf(&n.keys.operator.PublicKey)
	var err error
	n.Operator, err = n.Accounts.Identity(address)
	if err != nil && ledger.CodeOf(err) != ledger.NotFound {
		return err
	}
	kept := err == nil
	known, err := n.Index.Key(ctx, address)
	switch {
	case err == nil && (kept || known.Revoked != nil): // the operator may sign with another key by now
		return nil
	case err == nil:
		return n.keepOperator(known.Enrolment)
	case ledger.CodeOf(err) != ledger.NotFound:
		return err
	}
	admission := trace.Admission{
		Org:    trace.Organisation{ID: ledger.NewID(), Kind: ledger.KindOperator},
		Member: ledger.Enrolment{Member: ledger.NewID(), Key: address, Roles: ledger.Roles},
	}
	admission.Member.Org = admission.Org.ID
	if err := n.keepOperator(admission.Member); err != nil {
		return err
	}
	tx, err := n.Operator.Sign(trace.RegistryContract, trace.ActionFound, trace.DirectorySummary(trace.ActionFound, 1),
		[]ledger.Item{ledger.NewItem(trace.Encode(admission))})
	if err != nil {
		return err
	}
	_, err = n.submit(ctx, tx)
	return err
}

// keepOperator takes the operator's key into custody and makes a token for it.
func (n *Node) keepOperator(member ledger.Enrolment) (err error) {
	if n.Operator, err = n.Accounts.Keep("operator", member.Member, member.Org, n.keys.operator); err != nil {
		return err
	}
	n.First = true
	return n.newToken("operator", member.Key)
}

// newToken makes a token for a key in custody and keeps it for the node's operator
// to hand out.
func (n *Node) newToken(who string, key ledger.Address) error {
	token, err := n.Accounts.NewToken(key)
	if err != nil {
		return err
	}
	return n.saveTokens(map[string]string{who: token})
}

// tokensFile holds the tokens that this node made itself, for its operator to
// hand out; only its owner reads it.
const tokensFile = "tokens.json"

func (n *Node) saveTokens(tokens map[string]string) error {
	all, err := Tokens(n.Config.Data)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if all == nil {
		all = map[string]string{}
	}
	for who, token := range tokens {
		all[who] = token
	}
	b, err := json.MarshalIndent(all, "", "  ")
	if err != nil {
		return err
	}
	return writeFile(n.path(tokensFile), append(b, '\n'), 0o600)
}

// Tokens reads the tokens that a node made in its data folder, by whose they are.
func Tokens(data string) (map[string]string, error) {
	b, err := os.ReadFile(filepath.Join(data, tokensFile))
	if err != nil {
		return nil, err
	}
	var all map[string]string
	return all, json.Unmarshal(b, &all)
}
