package heading

import "testing"

func TestOneHeadingHoweverItIsWritten(t *testing.T) {
	for _, text := range []string{"Họ và tên", "HO_VA_TEN", "hoVaTen", "  Họ  và-tên (chủ hộ)", "hovaten", "HOVATEN1"} {
		if h := Of(text); !h.Has("ho va ten") || !h.Starts("ho va ten") {
			t.Errorf("%q is %q, which has not its words", text, h)
		}
	}
	for _, text := range []string{"Hộ", "Tên xã", "họ", "hovatenx", ""} {
		if h := Of(text); h.Has("ho va ten") {
			t.Errorf("%q is %q, which has words that nobody wrote", text, h)
		}
	}
	if got := Plain("Đường Nguyễn Huệ"); got != "duong nguyen hue" {
		t.Errorf("plain text is %q", got)
	}
}
