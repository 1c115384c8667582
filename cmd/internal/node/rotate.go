package node

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/sogoc/sogoc/api/account/vault"
	"github.com/sogoc/sogoc/ledger"
)

// RotateMaster puts the account store of a data folder under another master key,
// and everything in it under a new data key. No node runs on the folder meanwhile.
// The zero next is a new key in the file of the one before, or in the node's own
// file where that was in the data folder. A change that was cut off is finished by
// another call with the same keys, or by the node's next start with the new one.
func RotateMaster(ctx context.Context, c Config, next MasterKey) (_ Master, err error) {
	if c, err = c.withDefaults(); err != nil {
		return Master{}, err
	}
	if err := next.check(c.Data, false, "new-master-key"); err != nil {
		return Master{}, err
	}
	s, _, err := existingSafe(c)
	if err != nil {
		return Master{}, err
	}
	u, err := s.open()
	if errors.Is(err, vault.ErrInUse) {
		return Master{}, s.running(err)
	}
	if err != nil {
		return s.finish(next, err)
	}
	defer func() { err = errors.Join(err, u.Close()) }()
	if u.taken && next == (MasterKey{}) {
		return u.where, nil
	}
	if u.where.File != "" {
		u.dead = append(u.dead, u.where.File)
	}
	key, to, err := s.prepare(u.where, next)
	if err != nil {
		return Master{}, err
	}
	if key == u.key {
		return Master{}, fmt.Errorf("the new master key is the one in use")
	}
	err = u.Rotate(ctx, key, func(done, total int) { c.Progress("changing the master key", done, total) })
	if err != nil {
		return Master{}, err
	}
	u.where = to
	return to, u.settle()
}

func (s safe) running(err error) error {
	return fmt.Errorf("stop the node that runs on %s first: %w", s.data, err)
}

// existingSafe is the account store of a folder that holds a register.
func existingSafe(c Config) (safe, ledger.Genesis, error) {
	n := &Node{Config: c}
	raw, err := os.ReadFile(n.path(genesisFile))
	if err != nil {
		return safe{}, ledger.Genesis{}, fmt.Errorf("--data: %s holds no register: %w", c.Data, err)
	}
	g, err := ledger.ParseGenesis(raw)
	if err != nil {
		return safe{}, g, fmt.Errorf("%s: %w", n.path(genesisFile), err)
	}
	if n.keys, err = loadKeys(n.path(keyDir)); err != nil {
		return safe{}, g, err
	}
	s := n.safe(g.Register())
	if !exists(s.dir()) {
		return s, g, fmt.Errorf("--data: %s holds no accounts yet", c.Data)
	}
	return s, g, nil
}

// prepare makes the next key safe, and says where it will be.
func (s safe) prepare(now Master, next MasterKey) (vault.Master, Master, error) {
	if next.Given != nil {
		return next.Given, Master{}, nil
	}
	to := Master{File: next.File, Made: true}
	at := to.File
	if at == "" {
		switch now.File {
		case "":
			return nil, to, fmt.Errorf("--new-master-key: say where the new key goes; the one in use came from %s", s.source.From)
		case s.inside():
			own, err := s.own()
			if err != nil {
				return nil, to, err
			}
			to.File = own
		default:
			to.File = now.File
		}
		at = to.File + nextSuffix
	}
	key, err := makeMaster(at)
	return key, to, err
}

// finish takes up a change that was cut off after its first step: the next key opens
// the store already. Otherwise the error of the one before stands.
func (s safe) finish(next MasterKey, failed error) (Master, error) {
	key, from := next.Given, next.From
	if next.File != "" && exists(next.File) {
		var err error
		if key, err = vault.MasterFile(next.File); err != nil {
			return Master{}, err
		}
	}
	if key == nil {
		return Master{}, failed
	}
	u, err := s.try(key, Master{File: next.File}, from)
	if err != nil {
		return Master{}, failed
	}
	if s.source.Given == nil {
		files, _ := s.files() // where there are none, there is nothing to put out of the way
		for _, file := range files {
			if exists(file) && real(file) != real(next.File) {
				u.dead = append(u.dead, file)
			}
		}
	}
	return u.where, errors.Join(u.settle(), u.Close())
}
