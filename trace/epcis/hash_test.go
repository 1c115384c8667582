package epcis

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// reference is where the standard's own documents are, outside the repository.
const reference = "../../../shared/data/epcis/"

// referenceFiles lists reference documents. The test is skipped where there are
// none.
func referenceFiles(t testing.TB, pattern string, want int) []string {
	t.Helper()
	files, _ := filepath.Glob(reference + pattern)
	if len(files) == 0 {
		t.Skip("reference data is not here: " + reference + pattern)
	}
	if len(files) != want {
		t.Fatalf("%d files %s, want %d", len(files), pattern, want)
	}
	return files
}

func readFile(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func lines(b []byte) []string {
	return strings.Split(strings.TrimSpace(string(b)), "\n")
}

// TestHashVectors checks the hashes and, where they are given, the texts behind
// them of the event hash's reference implementations.
func TestHashVectors(t *testing.T) {
	events, texts := 0, 0
	for _, file := range referenceFiles(t, "hash/*.jsonld", 10) {
		name := strings.TrimSuffix(filepath.Base(file), ".jsonld")
		d, err := DecodeDocument(readFile(t, file), DefaultLimits)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		hashes := lines(readFile(t, strings.TrimSuffix(file, "jsonld")+"hashes"))
		if len(hashes) != len(d.Events) {
			t.Errorf("%s: %d events, %d hashes", name, len(d.Events), len(hashes))
			continue
		}
		var prehashes []string
		if b, err := os.ReadFile(strings.TrimSuffix(file, "jsonld") + "prehashes"); err == nil {
			prehashes = lines(b)
		}
		for i, e := range d.Events {
			events++
			if e.Hash != hashes[i] {
				t.Errorf("%s, event %d: hash %s, want %s", name, i, e.Hash, hashes[i])
			}
			if hashOf(d.PreHash(i)) != e.Hash {
				t.Errorf("%s, event %d: the hash is not of the text", name, i)
			}
			// One of the files has a text that its own hash contradicts.
			if i < len(prehashes) && hashOf(prehashes[i]) == hashes[i] {
				texts++
				if got := d.PreHash(i); got != prehashes[i] {
					t.Errorf("%s, event %d:\n got %s\nwant %s", name, i, got, prehashes[i])
				}
			}
		}
	}
	if events != 25 || texts != 23 {
		t.Errorf("checked %d events and %d texts, want 25 and 23", events, texts)
	}
}

func hashOf(prehash string) string {
	sum := sha256.Sum256([]byte(prehash))
	return "ni:///sha-256;" + hex.EncodeToString(sum[:]) + "?ver=CBV2.0"
}

// TestPreHash checks rules that the reference vectors do not cover.
func TestPreHash(t *testing.T) {
	const start = "eventType=ObjectEventeventTime=2026-06-03T00:30:00.000ZeventTimeZoneOffset=+07:00"
	const epc = "epcListepc=https://id.gs1.org/01/10614141073464/21/2017action=ADD"
	for _, c := range []struct{ event, want string }{
		{with(`"example:a":" 1.50 "`), start + epc + "{https://ns.example.com/epcis/}a=1.5"},
		{with(`"example:a":"1.50","example:b":2.50,"example:c":true,"example:d":null,"example:e":[],"example:f":{}`),
			start + epc + "{https://ns.example.com/epcis/}a=1.5{https://ns.example.com/epcis/}b=2.5{https://ns.example.com/epcis/}c=true{https://ns.example.com/epcis/}f"},
		{with(`"other:b":"1","example:a":{"example:z":1,"rdfs:comment":"x","example:y":[2,{"example:x":3}]}`),
			start + epc + "other:b=1{https://ns.example.com/epcis/}a{https://ns.example.com/epcis/}y=2{https://ns.example.com/epcis/}y{https://ns.example.com/epcis/}x=3{https://ns.example.com/epcis/}z=1"},
		{with(`"eventID":"urn:a:b","recordTime":"2026-06-03T07:30:00Z","errorDeclaration":{"declarationTime":"2026-06-03T07:30:00Z"},"rdfs:comment":"x"`), start + epc},
		{with(`"bizStep":"cbv:BizStep-packing","disposition":"urn:epcglobal:cbv:disp:active","persistentDisposition":{"unset":["damaged","conformant"],"set":["example:x"]}`),
			start + epc + "bizStep=https://ref.gs1.org/cbv/BizStep-packingdisposition=https://ref.gs1.org/cbv/Disp-active" +
				"persistentDispositionset=https://ns.example.com/epcis/xunset=https://ref.gs1.org/cbv/Disp-conformantunset=https://ref.gs1.org/cbv/Disp-damaged"},
		{with(`"readPoint":{"example:b":"2","id":"https://a.example/x?y=1","example:a":"1"},"bizTransactionList":[{"bizTransaction":"urn:a:c"}],"sourceList":[]`),
			start + epc + "readPointid=https://a.example/x?y=1{https://ns.example.com/epcis/}a=1{https://ns.example.com/epcis/}b=2bizTransactionListbizTransaction=urn:a:c"},
		{objectEvent(`"action":"ADD","epcList":[],"quantityList":[{"uom":"KGM","quantity":10.0,"epcClass":"https://shop.example/01/04012345123456/10/a?17=260131"}]`),
			start + "quantityListquantityElementepcClass=https://id.gs1.org/01/04012345123456/10/aquantity=10uom=KGMaction=ADD"},
		{objectEvent(`"action":"ADD","epcList":["https://id.gs1.org/01/04012345123456/10/lot/21/9"]`),
			start + "epcListepc=https://id.gs1.org/01/04012345123456/21/9action=ADD"},
		{objectEvent(`"action":"OBSERVE","epcList":[],"sensorElementList":[{"example:s":1,"sensorReport":[{"example:r":1,"type":"Angle","value":1.20,"component":"x"}],"sensorMetadata":{"example:m":1,"bizRules":"urn:a:b"}}]`),
			start + "action=OBSERVEsensorElementListsensorElementsensorMetadatabizRules=urn:a:b{https://ns.example.com/epcis/}m=1" +
				"sensorReporttype=https://gs1.org/voc/Anglevalue=1.2component=https://ref.gs1.org/cbv/Comp-x{https://ns.example.com/epcis/}r=1{https://ns.example.com/epcis/}s=1"},
	} {
		d, err := DecodeDocument([]byte(documentOf(c.event)), DefaultLimits)
		if err != nil {
			t.Errorf("%s: %v", c.event, err)
			continue
		}
		if got := d.PreHash(0); got != c.want || hashOf(got) != d.Events[0].Hash {
			t.Errorf("%s\n got %s\nwant %s", c.event, got, c.want)
		}
	}
}

// TestIgnoredFields holds that only extensions can be left out of a hash.
func TestIgnoredFields(t *testing.T) {
	doc := documentOf(with(`"example:a":"1","bizStep":"packing"`))
	doc = strings.Replace(doc, `"type":"EPCISDocument"`, `"type":"EPCISDocument","example:ignoreFields":["bizStep","https://ns.example.com/epcis/a"]`, 1)
	d, err := DecodeDocument([]byte(doc), DefaultLimits)
	if err != nil {
		t.Fatal(err)
	}
	if got := d.PreHash(0); strings.Contains(got, "}a=1") || !strings.Contains(got, "BizStep-packing") {
		t.Error(got)
	}
	again, err := DecodePayload(d.Payload(0))
	if err != nil || again.Events[0].Hash != d.Events[0].Hash {
		t.Errorf("the payload's hash is another: %v", err)
	}
}
