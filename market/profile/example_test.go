package profile_test

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/sogoc/sogoc/market/profile"
	"github.com/sogoc/sogoc/market/profile/mask"
	"github.com/sogoc/sogoc/market/profile/table"
)

const purchases = `ho_ten,sdt,ngay,kg
Nguyễn Văn An,0912345678,02/01/2025,120
Trần Thị Bích,0387654321,03/01/2025,85
`

func Example() {
	ctx, in := context.Background(), strings.NewReader(purchases)
	p, err := profile.Read(ctx, in, in.Size(), "thu-mua.csv")
	if err != nil {
		fmt.Println(err)
		return
	}
	t := &p.Tables[0]
	for _, f := range t.Fields {
		fmt.Println(f.Name, f.Type, f.Distinct.N)
	}
	for _, f := range t.Personal {
		fmt.Println(f.Field, f.Kind, f.Why.VI)
	}

	file, err := table.Open(in, in.Size(), "thu-mua.csv")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer file.Close()
	plan := mask.Plan{Rules: append(mask.Suggest(t.Personal), mask.Rule{Field: "kg", How: mask.Range, Width: 50})}
	if _, err := mask.Write(ctx, os.Stdout, mask.Source{File: file, Table: t}, plan, nil); err != nil {
		fmt.Println(err)
	}
	// Output:
	// ho_ten string 2
	// sdt string 2
	// ngay date 2
	// kg integer 2
	// ho_ten name tiêu đề nói đây là tên người; 100% số ô là họ tên người Việt
	// sdt phone tiêu đề nói đây là số điện thoại; 100% số ô là số điện thoại Việt Nam
	// ngay,kg
	// 02/01/2025,100–150
	// 03/01/2025,50–100
}
