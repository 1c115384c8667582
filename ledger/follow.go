package ledger

import "context"

// FollowBatch is the most entries that Follow hands over at once.
const FollowBatch = 4096

// Follow hands every entry from index on to apply, in order, in batches of
// whatever has gathered, until the context ends. It returns the context's error,
// or the first of apply or of the ledger.
func Follow(ctx context.Context, r Reader, index uint64, apply func([]*Entry) error) error {
	batch := make([]*Entry, 0, FollowBatch)
	for {
		if err := r.Wait(ctx, index+1); err != nil {
			return err
		}
		for e, err := range r.Entries(ctx, index) {
			if err != nil {
				return err
			}
			if batch = append(batch, e); len(batch) == FollowBatch {
				if err := apply(batch); err != nil {
					return err
				}
				index += uint64(len(batch))
				batch = batch[:0]
			}
		}
		if len(batch) > 0 {
			if err := apply(batch); err != nil {
				return err
			}
			index += uint64(len(batch))
			batch = batch[:0]
		}
	}
}
