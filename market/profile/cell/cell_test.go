package cell

import (
	"strings"
	"testing"
)

func TestOneCell(t *testing.T) {
	for _, c := range []struct {
		cell  string
		kind  Kind
		value float64
	}{
		{"", Blank, 0}, {"-", Blank, 0}, {"N/A", Blank, 0}, {"Không có", Blank, 0}, {"null", Blank, 0},
		{"0", Whole, 0}, {"12", Whole, 12}, {"-3", Whole, -3}, {"123456789012345678", Whole, 123456789012345678},
		{"007", Code, 0}, {"00123", Code, 0}, {"12345678901234567890", Code, 0},
		{"1.5", Dotted, 1.5}, {"-0.25", Dotted, -0.25}, {"0.650", Dotted, 0.65}, {"1e3", Dotted, 1000}, {"12.3456", Dotted, 12.3456},
		{"1,5", Comma, 1.5}, {"-12,50", Comma, -12.5}, {"0,650", Comma, 0.65},
		{"1.234", DotOrThousand, 1.234}, {"98,500", CommaOrThousand, 98.5},
		{"1.234.567", DotThousands, 1234567}, {"1,234,567", CommaThousands, 1234567},
		{"1.234,5", DotThousandsComma, 1234.5}, {"12,345,678.90", CommaThousandsDot, 12345678.9},
		{"1.23.456", Text, 0}, {"1..2", Text, 0}, {"1,2,3", Text, 0}, {"12.", Text, 0}, {".5", Text, 0}, {"1234.567.890", Text, 0},
		{"true", Yes, 0}, {"KHÔNG", Yes, 0}, {"có", Yes, 0}, {"trúe", Text, 0},
		{"2025-01-02", ISODate, 1735776000}, {"1970-01-01", ISODate, 0}, {"2024-02-29", ISODate, 1709164800}, {"2025-02-29", Text, 0}, {"2025-13-01", Text, 0},
		{"2/1/2025", SlashDate, 1735776000}, {"02-01-2025", DashDate, 1735776000}, {"2.1.2025", DotDate, 1735776000}, {"2025/1/2", BigSlashDate, 1735776000},
		{"1/23/2025", USDate, 1737590400}, {"31/12/1969", SlashDate, -86400}, {"31/13/2025", Text, 0}, {"0/1/2025", Text, 0}, {"1/1/25", Text, 0},
		{"2025-01-02T03:04:05", ISOMoment, 1735787045}, {"2025-01-02 03:04", ISOMoment, 1735787040}, {"2025-01-02T03:04:05.123Z", ISOMoment, 1735787045},
		{"2025-01-02T03:04:05+07:00", ISOMoment, 1735787045}, {"2/1/2025 3:04", SlashMoment, 1735787040}, {"2025-01-02T25:00", Text, 0}, {"2025-01-02x", Text, 0},
		{"3:04", Clock, 11040}, {"23:59:59", Clock, 86399}, {"24:00", Text, 0}, {"3:4", Text, 0}, {"12", Whole, 12},
		{"106.03,10.33", Point, 0}, {"106.0325, 10.3381", Point, 0}, {"206.0325, 10.3381", Text, 0},
		{"+200", Whole, 200}, {"+1,5", Comma, 1.5}, {"+", Text, 0}, {"+x", Text, 0}, {"12kg", Text, 0}, {"+84912345678", Text, 0}, {"1 234", Text, 0}, {strings.Repeat("1", 41), Text, 0},
	} {
		if k, v := Classify([]byte(c.cell)); k != c.kind || v != c.value {
			t.Errorf("%q is of kind %d and worth %v, want %d and %v", c.cell, k, v, c.kind, c.value)
		}
	}
}
