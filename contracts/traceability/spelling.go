package traceability

import (
	"encoding/json"

	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/spelling"
)

// usual is about the length of a record. The cache of the state keeps what is written.
const usual = 128

// encode writes a value of the state.
func encode(v any) []byte {
	switch v := v.(type) {
	case *eventRecord:
		return spelling.Write(v, usual, spellEvent)
	case *originRecord:
		return spelling.Write(v, usual, spellOrigin)
	case *pieceRecord:
		return spelling.Write(v, usual, spellPiece)
	}
	return trace.Encode(v)
}

// decode reads what encode wrote.
func decode(b []byte, v any) error {
	read := false
	switch v := v.(type) {
	case *eventRecord:
		read = spelling.Read(b, v, spellEvent)
	case *originRecord:
		read = spelling.Read(b, v, spellOrigin)
	case **pieceRecord:
		*v = new(pieceRecord)
		read = spelling.Read(b, *v, spellPiece)
	}
	if read {
		return nil
	}
	return json.Unmarshal(b, v)
}

func spellEvent(c *spelling.Codec, r *eventRecord) {
	c.Object(func() {
		spelling.Need(c, "h", &r.Content, spelling.Text)
		spelling.Need(c, "o", &r.Org, spelling.ID)
		spelling.Some(c, "v", &r.Void, spelling.Truth)
		spelling.Some(c, "a", &r.Alone, spelling.Truth)
		spelling.List(c, "m", &r.Moves, spellMove)
		spelling.List(c, "p", &r.Pieces, spellPlacing)
		spelling.List(c, "f", &r.Freed, trace.SpellID)
		spelling.Some(c, "x", &r.Process, spelling.Text)
	})
}

func spellMove(c *spelling.Codec, m *move) {
	c.Object(func() {
		spelling.Need(c, "i", &m.ID, trace.SpellID)
		spelling.Need(c, "f", &m.From, spelling.Text)
		spelling.Need(c, "t", &m.To, spelling.Text)
		spelling.Need(c, "q", &m.Qty, trace.SpellQuantity)
		spelling.Some(c, "n", &m.New, spelling.Count)
	})
}

func spellPlacing(c *spelling.Codec, p *placing) {
	c.Object(func() {
		spelling.Need(c, "i", &p.ID, trace.SpellID)
		spelling.Maybe(c, "b", &p.Before, spellPiece)
		spelling.Maybe(c, "a", &p.After, spellPiece) // a placing has one
	})
}

func spellPiece(c *spelling.Codec, p *pieceRecord) {
	c.Object(func() {
		spelling.Maybe(c, "o", &p.Org, spelling.ID)
		spelling.Maybe(c, "i", &p.In, trace.SpellID)
		spelling.Maybe(c, "t", &p.To, spelling.ID)
		spelling.Maybe(c, "f", &p.From, spelling.ID)
		spelling.Some(c, "g", &p.Gone, spelling.Text)
		spelling.Some(c, "u", &p.Use, spelling.Text)
	})
}

func spellOrigin(c *spelling.Codec, o *originRecord) {
	c.Object(func() {
		spelling.Some(c, "e", &o.Event, spelling.Text)
		spelling.Some(c, "u", &o.Unit, spelling.Text)
		spelling.List(c, "f", &o.From, spelling.Text)
		spelling.Maybe(c, "q", &o.Opening, spellOpening)
	})
}

func spellOpening(c *spelling.Codec, o *opening) {
	c.Object(func() {
		spelling.Need(c, "o", &o.Org, spelling.ID)
		spelling.Need(c, "n", &o.Qty, trace.SpellQuantity)
	})
}
