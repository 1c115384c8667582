package gs1

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	epcURN     = regexp.MustCompile(`"(urn:epc:[^"]+)"`)
	digitalURI = regexp.MustCompile(`"(https?://[^"]+/(?:00|01|253|255|401|402|414|417|8003|8004|8006|8010|8017|8018)/\d[^"]+)"`)
)

// TestReferencePrehashes converts every EPC in the documents of the reference
// implementation of CBV's event hash and finds the result in its pre-hash
// strings.
func TestReferencePrehashes(t *testing.T) {
	files, _ := filepath.Glob(referenceData + "epcis/hash/*.prehashes")
	if len(files) == 0 {
		t.Skip("reference data is not here")
	}
	checked := 0
	for _, file := range files {
		base := strings.TrimSuffix(file, ".prehashes")
		prehashes, hashes := readLines(t, file), readLines(t, base+".hashes")
		if !intact(prehashes, hashes) {
			t.Logf("%s does not belong to its hashes: passed over, see TestAllKeysHash", filepath.Base(file))
			continue
		}
		document := strings.Join(readLines(t, base+".jsonld"), "\n")
		for _, pattern := range []*regexp.Regexp{epcURN, digitalURI} {
			for _, match := range pattern.FindAllStringSubmatch(document, -1) {
				key, err := Parse(match[1])
				if err != nil {
					t.Error(err)
					continue
				}
				ends := regexp.MustCompile(`(?m)=` + regexp.QuoteMeta(key.EPC().String()) + `($|[a-zA-Z{])`)
				if !ends.MatchString(strings.Join(prehashes, "\n")) {
					t.Errorf("%s: %s became %s", filepath.Base(file), match[1], key.EPC())
				}
				checked++
			}
		}
	}
	if checked < 60 {
		t.Errorf("only %d identifiers compared", checked)
	}
}

// TestAllKeysHash builds the pre-hash string of the event with all GS1 keys from
// our conversions and compares its hash.
func TestAllKeysHash(t *testing.T) {
	const base = referenceData + "epcis/hash/epcisDocWithAllGS1Keys"
	if _, err := os.Stat(base + ".jsonld"); err != nil {
		t.Skip("reference data is not here: ", err)
	}
	document := strings.Join(readLines(t, base+".jsonld"), "")
	things, classes, ok := strings.Cut(document, `"quantityList"`)
	if !ok {
		t.Fatal("no quantityList")
	}
	classes, place, _ := strings.Cut(classes, `"readPoint"`)
	prehash := "eventType=ObjectEventeventTime=2023-03-27T11:30:00.000ZeventTimeZoneOffset=+01:00epcList" +
		sorted(t, things, "epc=") + "quantityList" + sorted(t, classes, "quantityElementepcClass=") +
		"action=OBSERVEbizStep=https://ref.gs1.org/cbv/BizStep-otherreadPoint" + sorted(t, place, "id=")
	if !intact([]string{prehash}, readLines(t, base+".hashes")) {
		t.Errorf("wrong hash of %s", prehash)
	}
}

// sorted converts the identifiers of a part of a document and writes them
// behind label in order.
func sorted(t *testing.T, document, label string) string {
	var list []string
	for _, pattern := range []*regexp.Regexp{epcURN, digitalURI} {
		for _, match := range pattern.FindAllStringSubmatch(document, -1) {
			list = append(list, label+mustParse(t, match[1]).EPC().String())
		}
	}
	slices.Sort(list)
	return strings.Join(list, "")
}

func intact(prehashes, hashes []string) bool {
	for i, prehash := range prehashes {
		sum := sha256.Sum256([]byte(prehash))
		if i >= len(hashes) || !strings.Contains(hashes[i], hex.EncodeToString(sum[:])) {
			return false
		}
	}
	return true
}

func readLines(t *testing.T, file string) []string {
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSpace(string(data)), "\n")
}

// TestExamples parses every EPC URN in the EPCIS standard's own examples.
func TestExamples(t *testing.T) {
	files, _ := filepath.Glob(referenceData + "epcis/examples/*.jsonld")
	if len(files) == 0 {
		t.Skip("reference data is not here")
	}
	for _, file := range files {
		for _, match := range epcURN.FindAllStringSubmatch(strings.Join(readLines(t, file), "\n"), -1) {
			key, err := Parse(match[1])
			if err != nil {
				t.Errorf("%s: %v", filepath.Base(file), err)
				continue
			}
			prefix, _, _ := strings.Cut(match[1][strings.LastIndexByte(match[1], ':')+1:], ".")
			if urn, err := key.URN(len(prefix)); err != nil || urn != match[1] {
				t.Errorf("%s: back to %s, %v", match[1], urn, err)
			}
		}
	}
}
