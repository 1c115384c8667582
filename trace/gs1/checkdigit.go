package gs1

import "strings"

// CheckDigit computes the mod 10 check digit that follows digits (GenSpecs
// 7.9.1): weights 3, 1, 3, ... from the right. It panics unless s is all digits.
func CheckDigit(s string) byte {
	if !in(s, digit) {
		panic("gs1: CheckDigit of " + s)
	}
	return checkDigit(s)
}

// ValidCheckDigit reports whether s is at least two digits, the last of which is
// the check digit of the others.
func ValidCheckDigit(s string) bool {
	n := len(s) - 1
	return n >= 1 && in(s, digit) && checkDigit(s[:n]) == s[n]
}

func checkDigit[S string | []byte](s S) byte {
	sum, weight := 0, 3
	for i := len(s) - 1; i >= 0; i-- {
		sum += int(s[i]-'0') * weight
		weight = 4 - weight
	}
	return byte('0' + (10-sum%10)%10)
}

const (
	// The characters of CSET 82 in order of their value in check character pairs.
	pairValues = "!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
	// CSET 32, which check character pairs are written in.
	pairAlphabet = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
)

// CheckPair computes the check character pair that follows s, at most 23
// characters of CSET 82, in a GMN or HIDE identifier: weights are the
// primes from the right, mod 1021. ok is false when s cannot have one.
func CheckPair(s string) (pair string, ok bool) {
	primes := [...]int{2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83}
	if len(s) > len(primes) {
		return "", false
	}
	sum := 0
	for i := range len(s) {
		value := strings.IndexByte(pairValues, s[i])
		if value < 0 {
			return "", false
		}
		sum += value * primes[len(s)-1-i]
	}
	sum %= 1021
	return string([]byte{pairAlphabet[sum>>5], pairAlphabet[sum&31]}), true
}
