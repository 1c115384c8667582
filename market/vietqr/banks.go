package vietqr

// Banks names banks by their BIN, for whoever picks one from a list. It is no register
// of banks: any BIN of six digits can be paid to, and an operator can show other names.
var Banks = map[string]string{
	"970403": "Sacombank",
	"970405": "Agribank",
	"970407": "Techcombank",
	"970415": "VietinBank",
	"970416": "ACB",
	"970418": "BIDV",
	"970422": "MB Bank",
	"970423": "TPBank",
	"970432": "VPBank",
	"970436": "Vietcombank",
	"970437": "HDBank",
	"970441": "VIB",
	"970443": "SHB",
}
