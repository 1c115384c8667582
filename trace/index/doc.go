// Package index is the read model of traceability and of the directory: events by
// identifier, place, party, time and step; lineage; batches with their balances,
// flags, recalls and certificates; organisations, keys, places and products. It is
// built from the ordered entries and the outcomes that the contracts emitted, and
// decides nothing again. It can be dropped at any time: [Index.Run] builds it anew.
//
// # Audiences
//
// Every read takes a [Viewer]. An event that the viewer may not read is left out
// of lists and counted where a count is given. In lineage it stays as a bare edge
// when the rules applied to it, so that a recall reaches everything made from a
// batch, but without quantity, event or anything else that tells who and where.
// What one organisation recorded on another's behalf is the other's, and both read it.
//
// # Keys
//
// One Badger database; h(x) is the first 16 bytes of SHA-256, seq is the entry's
// index shifted left by 10 and the item's position, so that seqs are in the order
// of the register. Integers are big-endian in keys.
//
//	e seq                     an event (record.go)
//	i h(event id)             seqs: the event, then its error declaration
//	p kind h(term) batch      posting list: seqs of one applied batch (posting.go)
//	g dir h(id)               head of a node's adjacency list (lineage.go)
//	g dir h(id) chunk         a full part of it
//	b h(id) h(holder)[:8]     a balance
//	f h(id)                   flags
//	y h(id)                   that it was harvested early (early.go)
//	H …                       what organisations have (holding.go)
//	n h(product) batch        lots that were made of a product, in order
//	r h(target) seq           a recall or its lift
//	c h(target)               certificates that cover it: h(issuer, id) of each
//	k h(issuer, id)           a certificate
//	j issuer ^seq             certificates by issuer: h(issuer, id)
//	h holder ^seq             certificates by holder: h(issuer, id)
//	d h(cid) seq              who may read a payload (payload.go)
//	O A G K L U P Q N X T Z D the directory (directory.go)
//	M S V W R                 members, mandates, refusals (members.go)
//	m…                        height, register, format
package index
