package node

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/sogoc/sogoc/api/account"
	"github.com/sogoc/sogoc/api/account/password"
	"github.com/sogoc/sogoc/api/account/vault"
	"github.com/sogoc/sogoc/ledger"
)

// MasterKey says where the key comes from that opens the account store: File or
// Given, not both. With neither it is a file of this node's own in the folder sogoc
// of the user's configuration folder, made at the first start; at the first start of
// a demo it is made in the data folder, where whoever copies the one has the other.
type MasterKey struct {
	// File holds the key, outside the data folder. It is made at the first start.
	File string
	// Given is the key itself or a passphrase, and From is where it was given, in the
	// words of an error: "$SOGOC_MASTER_KEY".
	Given vault.Master
	From  string
}

// check refuses a key from two places, and one that lies beside what it protects.
func (m MasterKey) check(data string, demo bool, flag string) error {
	switch {
	case m.File != "" && m.Given != nil:
		return fmt.Errorf("--%s: the key comes from %s already; give one of the two", flag, m.From)
	case m.File != "" && !demo && liesIn(m.File, data):
		return fmt.Errorf("--%s: %s lies in the data folder %s: whoever copies the folder has the key to it; keep it elsewhere", flag, m.File, data)
	}
	return nil
}

// Master is where a node's master key is.
type Master struct {
	File   string // empty where the key was given
	Made   bool   // just now: keep a copy
	Inside string // the file in the data folder that holds it, too or only; empty where none does
}

// nextSuffix marks a key that is about to take another's place.
const nextSuffix = ".new"

// safe is the account store of a data folder, and where its master key may be.
type safe struct {
	data     string
	register ledger.Hash
	verifier string // of the node's first checkpoint key, which no other node has
	source   MasterKey
	cost     password.Cost // of passwords
	demo     bool
}

func (n *Node) safe(register ledger.Hash) safe {
	return safe{n.Config.Data, register, n.keys.first, n.Config.MasterKey, n.Config.Passwords, n.Config.Demo}
}

// unlocked is an open account store, and what opened it.
type unlocked struct {
	*account.Store
	key   vault.Master
	where Master
	dead  []string // files whose key opens it no more
	taken bool     // a change of the key that was cut off was taken up
}

func (s safe) dir() string { return filepath.Join(s.data, accountDir) }

// inside is where the key of a demo lies, and where all once lay.
func (s safe) inside() string { return filepath.Join(s.data, keyDir, masterFile) }

// own is the node's own file in the user's configuration folder. Several nodes of
// one register may run on a machine, so the checkpoint key is in its name, too.
func (s safe) own() (string, error) {
	home, err := os.UserConfigDir()
	if err != nil {
		return "", fmt.Errorf("there is no configuration folder for the master key (%w); say where it is with --master-key or $SOGOC_MASTER_KEY", err)
	}
	if liesIn(home, s.data) {
		return "", fmt.Errorf("the configuration folder %s lies in the data folder, and the master key must not; say where it is with --master-key or $SOGOC_MASTER_KEY", home)
	}
	name := s.register.String()
	if parts := strings.Split(s.verifier, "+"); len(parts) > 1 { // a note verifier key: name, hash, key
		name += "-" + parts[1]
	}
	return filepath.Join(home, "sogoc", name+".key"), nil
}

// files lists where the key may be, where nobody gives it. The last is where it is
// made.
func (s safe) files() ([]string, error) {
	if s.source.File != "" {
		return []string{s.source.File}, nil
	}
	if s.demo && !exists(s.dir()) {
		return []string{s.inside()}, nil
	}
	own, err := s.own()
	if err != nil && exists(s.inside()) {
		return []string{s.inside()}, nil
	}
	return []string{s.inside(), own}, err
}

// open opens the account store, and makes it and its key when the folder is new. A
// change of the master key that was cut off is finished.
func (s safe) open() (*unlocked, error) {
	if s.source.Given != nil {
		return s.try(s.source.Given, Master{}, s.source.From)
	}
	files, err := s.files()
	if err != nil {
		return nil, err
	}
	var dead []string
	for _, file := range files {
		for _, at := range []string{file, file + nextSuffix} {
			if !exists(at) {
				continue
			}
			key, err := vault.MasterFile(at)
			if err != nil {
				return nil, err
			}
			u, err := s.try(key, Master{File: file}, at)
			if errors.Is(err, vault.ErrMaster) {
				dead = append(dead, at)
				continue
			}
			if err != nil {
				return nil, err
			}
			if u.dead = dead; at == file {
				return u, nil
			}
			u.taken = true
			if err := u.settle(); err != nil {
				return nil, errors.Join(err, u.Close())
			}
			return u, nil
		}
	}
	if len(dead) > 0 {
		return nil, fmt.Errorf("accounts in %s: %w; it came from %s", s.dir(), vault.ErrMaster, strings.Join(dead, " and "))
	}
	if exists(s.dir()) {
		return nil, fmt.Errorf("the master key is missing: there is none in %s; say where it is with --master-key or $SOGOC_MASTER_KEY", strings.Join(files, " or "))
	}
	file := files[len(files)-1]
	key, err := makeMaster(file)
	if err != nil {
		return nil, err
	}
	return s.try(key, Master{File: file, Made: true}, file)
}

// try opens the store by a key. An error names where a key that does not open it is
// from.
func (s safe) try(key vault.Master, where Master, from string) (*unlocked, error) {
	store, err := account.Open(s.dir(), key, s.register, s.cost)
	if errors.Is(err, vault.ErrMaster) {
		return nil, fmt.Errorf("%w; it came from %s", err, from)
	}
	if err != nil {
		return nil, err
	}
	lies, err := vault.MasterFile(s.inside())
	if err == nil && key == vault.Master(lies) {
		where.Inside = s.inside()
	}
	return &unlocked{Store: store, key: key, where: where}, nil
}

// settle puts the key that opens the store in its place, and those that open it no
// more out of the way.
func (u *unlocked) settle() error {
	for _, file := range u.dead {
		if err := retire(file); err != nil {
			return err
		}
	}
	u.dead = nil
	if next := u.where.File + nextSuffix; u.where.File != "" && exists(next) {
		return os.Rename(next, u.where.File)
	}
	return nil
}

// retire moves a key that opens nothing any more out of the way. Backups that were
// made before need it.
func retire(file string) error {
	return os.Rename(file, file+".until-"+time.Now().UTC().Format("20060102T150405Z"))
}

// makeMaster draws a key into a file that is not there yet, or reads the one that
// is.
func makeMaster(file string) (vault.Master, error) {
	if exists(file) {
		return vault.MasterFile(file)
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return nil, err
	}
	key := vault.NewMasterKey()
	return key, writeFile(file, []byte(key.Text()+"\n"), 0o600)
}

// liesIn reports whether a file, which need not exist, is in a folder or below it.
func liesIn(file, folder string) bool {
	file, folder = real(file), real(folder)
	rel, err := filepath.Rel(folder, file)
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}

// real is a path without links, as far as it exists.
func real(path string) string {
	path, err := filepath.Abs(path)
	if err != nil {
		return path
	}
	if found, err := filepath.EvalSymlinks(path); err == nil {
		return found
	}
	dir := filepath.Dir(path)
	if dir == path {
		return path
	}
	return filepath.Join(real(dir), filepath.Base(path))
}
