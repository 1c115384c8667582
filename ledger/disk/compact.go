package disk

import (
	"errors"

	"github.com/dgraph-io/badger/v4"
)

// Compact gives the room of what was deleted or replaced in a database that nobody has
// open back to the system. Values of which many are gone are moved together, unless
// values is false: then only the keys are put in order.
func Compact(o badger.Options, values bool) (err error) {
	// Closing it so moves the newest tables down among the others, which tells what is
	// gone; Flatten leaves them where there are no others.
	db, err := Open(o.WithCompactL0OnClose(true))
	if err == nil {
		err = db.Close()
	}
	if err != nil {
		return err
	}
	// What is moved is on disk before the file is deleted that it was in.
	if db, err = Open(o.WithSyncWrites(true)); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := db.Flatten(2); err != nil {
		return err
	}
	for values {
		err := db.RunValueLogGC(0.1)
		if errors.Is(err, badger.ErrNoRewrite) {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}
