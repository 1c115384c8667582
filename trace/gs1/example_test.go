package gs1_test

import (
	"fmt"

	"github.com/sogoc/sogoc/trace/gs1"
)

func Example() {
	scanned, _ := gs1.ParseLink("https://example.com/01/09521234543213/10/VAI-5?17=260131")
	recorded, _ := gs1.Parse("urn:epc:class:lgtin:9521234.054321.VAI-5")
	fmt.Println(scanned.Key == recorded, recorded.Lot(), scanned.Attributes["17"])
	fmt.Println(recorded)

	_, err := gs1.Parse("(01)09521234543214")
	fmt.Println(err)
	// Output:
	// true VAI-5 260131
	// https://id.gs1.org/01/09521234543213/10/VAI-5
	// gs1: AI 01 "09521234543214": the check digit is 4, must be 3
}
