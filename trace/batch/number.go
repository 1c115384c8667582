package batch

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
	"github.com/sogoc/sogoc/trace/gs1"
)

// LotNumber suggests the n-th lot number of a product and a day, from 1 on:
// VT260603, VT260603-2.
func LotNumber(product string, day time.Time, n int) string {
	lot := initials(product) + day.Format("060102")
	if n > 1 {
		lot += "-" + strconv.Itoa(n)
	}
	return lot
}

// maxInitials keeps lot numbers short: GS1 gives them 20 characters.
const maxInitials = 4

// initials are those of a name's words, up to the first mark behind them.
func initials(name string) string {
	name, _, _ = strings.Cut(name, "(")
	name, _, _ = strings.Cut(name, ",")
	var b strings.Builder
	for word := range strings.FieldsSeq(strings.ToUpper(trace.Plain(name))) {
		if c := word[0]; c < unicode.MaxASCII && (unicode.IsLetter(rune(c)) || unicode.IsDigit(rune(c))) && b.Len() < maxInitials {
			b.WriteByte(c)
		}
	}
	if b.Len() == 0 {
		return "L"
	}
	return b.String()
}

// SSCC is the n-th serial shipping container code below a GS1 company prefix, with
// extension digit 0 and its check digit.
func SSCC(prefix string, n uint64) (trace.ID, error) {
	const digits = 17 // before the check digit
	reference := strconv.FormatUint(n, 10)
	room := digits - 1 - len(prefix)
	if len(reference) > room {
		return trace.ID{}, ledger.Errorf(ledger.Conflict, "the prefix %s has no container codes left", prefix)
	}
	s := "0" + prefix + strings.Repeat("0", room-len(reference)) + reference
	key, err := gs1.New("00", s+string(gs1.CheckDigit(s)))
	if err != nil {
		return trace.ID{}, ledger.FieldErrorf(ledger.Invalid, "into", "%v", err)
	}
	return trace.ParseID(key.DigitalLink(""))
}

// containerItem is the item of an issuer's codes that its containers are pieces of.
const containerItem = "PACK0"

// ContainerCode is the n-th register-issued code of an issuer's containers.
func ContainerCode(issuer string, n uint64) (trace.ID, error) {
	code, err := trace.NewCode(issuer, containerItem)
	if err != nil {
		return trace.ID{}, ledger.FieldErrorf(ledger.Invalid, "into", "%v", err)
	}
	return trace.MustID("/t/" + string(code)).WithSerial(strconv.FormatUint(n, 10))
}

// FirstFree is a number from 1 on that is not taken. Numbers are given out one after
// the other, so it looks at few of them.
func FirstFree(taken func(n uint64) (bool, error)) (uint64, error) {
	const most = 1 << 40
	high := uint64(1)
	for ; high < most; high *= 2 {
		used, err := taken(high)
		if err != nil {
			return 0, err
		}
		if !used {
			break
		}
	}
	low := high / 2 // taken, or nothing
	for high-low > 1 {
		middle := low + (high-low)/2
		used, err := taken(middle)
		if err != nil {
			return 0, err
		}
		if used {
			low = middle
		} else {
			high = middle
		}
	}
	return high, nil
}

// Numbered are count pieces of a lot, with serials that count up from first.
func Numbered(lot trace.ID, first uint64, count int) ([]trace.Stock, error) {
	if count < 1 || count > MaxThings {
		return nil, ledger.FieldErrorf(ledger.Invalid, "count", "is not 1 to %d", MaxThings)
	}
	list := make([]trace.Stock, count)
	for i := range list {
		id, err := lot.WithSerial(strconv.FormatUint(first+uint64(i), 10))
		if err != nil {
			return nil, ledger.FieldErrorf(ledger.Invalid, "lot", "%v", err)
		}
		list[i].ID = id
	}
	return list, nil
}

// SerialRanges writes serials as people do: "1-10, 15, K7".
func SerialRanges(serials []string) string {
	var numbers []uint64
	var rest, parts []string
	for _, s := range serials {
		if n, err := strconv.ParseUint(s, 10, 63); err == nil && strconv.FormatUint(n, 10) == s {
			numbers = append(numbers, n)
		} else {
			rest = append(rest, s)
		}
	}
	slices.Sort(numbers)
	slices.Sort(rest)
	for i := 0; i < len(numbers); {
		j := i
		for j+1 < len(numbers) && numbers[j+1] == numbers[j]+1 {
			j++
		}
		switch j - i {
		case 0:
			parts = append(parts, strconv.FormatUint(numbers[i], 10))
		default:
			parts = append(parts, fmt.Sprintf("%d-%d", numbers[i], numbers[j]))
		}
		i = j + 1
	}
	return strings.Join(append(parts, rest...), ", ")
}

// ParseSerials reads what SerialRanges writes, in any order.
func ParseSerials(text string) ([]string, error) {
	var list []string
	bad := func(part string) error {
		return ledger.FieldErrorf(ledger.Invalid, "serials", "%q is neither a serial nor a range of numbers", part)
	}
	for part := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == ',' || r == ';' || unicode.IsSpace(r) }) {
		from, to, isRange := strings.Cut(part, "-")
		first, err := strconv.ParseUint(from, 10, 63)
		last, err2 := strconv.ParseUint(to, 10, 63)
		switch {
		case !isRange || err != nil || err2 != nil:
			list = append(list, part) // serials may have hyphens in them
		case last < first || last-first >= MaxThings:
			return nil, bad(part)
		default:
			for n := first; n <= last; n++ {
				list = append(list, strconv.FormatUint(n, 10))
			}
		}
		if len(list) > MaxThings {
			return nil, ledger.FieldErrorf(ledger.TooLarge, "serials", "are more than %d", MaxThings)
		}
	}
	if len(list) == 0 {
		return nil, ledger.FieldErrorf(ledger.Invalid, "serials", "are missing")
	}
	slices.Sort(list)
	return slices.Compact(list), nil
}

// IsContainer reports whether an identifier is one that ContainerCode made.
func IsContainer(id trace.ID) bool {
	code, ok := id.Code()
	return ok && string(code[4:9]) == containerItem && id.Serial() != ""
}
