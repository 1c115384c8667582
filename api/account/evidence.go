package account

import (
	"context"
	"slices"

	"github.com/sogoc/sogoc/api/account/vault"
	"github.com/sogoc/sogoc/ledger"
)

// EvidenceFile is one of the files of an evidence.
type EvidenceFile struct {
	Name  string `json:"name"`
	Bytes int64  `json:"bytes"`
}

func evidenceKey(org, agreement ledger.ID, cid string) []byte {
	return orgKey(org, evidenceKind, slices.Concat(agreement[:], []byte(cid))...)
}

// KeepEvidence keeps which files a sealed payload holds that an organisation brought
// forward about an agreement.
func (s *Store) KeepEvidence(_ context.Context, org, agreement ledger.ID, cid string, files []EvidenceFile) error {
	return s.vault.Update(func(t *vault.Tx) error { return t.Put(evidenceKey(org, agreement, cid), files) })
}

// Evidence are the files that an organisation brought forward here in a payload about an
// agreement, and none where it did not: whoever merely knows the name of a payload has
// not brought it.
func (s *Store) Evidence(_ context.Context, org, agreement ledger.ID, cid string) ([]EvidenceFile, error) {
	files, _, err := read[[]EvidenceFile](s, evidenceKey(org, agreement, cid))
	return files, err
}

// DropEvidence forgets what was brought forward and never recorded.
func (s *Store) DropEvidence(_ context.Context, org, agreement ledger.ID, cid string) error {
	return s.vault.Update(func(t *vault.Tx) error { return t.Delete(evidenceKey(org, agreement, cid)) })
}
