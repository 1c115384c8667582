package dcat

// authority is where the Publications Office of the EU keeps the lists that DCAT-AP asks
// for.
const authority = "http://publications.europa.eu/resource/authority/"

// frequencies are codes of the EU's list.
var frequencies = map[string]bool{
	"ANNUAL": true, "ANNUAL_2": true, "ANNUAL_3": true, "BIENNIAL": true, "BIMONTHLY": true, "BIWEEKLY": true, "CONT": true,
	"DAILY": true, "DAILY_2": true, "HOURLY": true, "IRREG": true, "MONTHLY": true, "MONTHLY_2": true, "MONTHLY_3": true,
	"NEVER": true, "OTHER": true, "QUARTERLY": true, "TRIENNIAL": true, "UNKNOWN": true, "UPDATE_CONT": true, "WEEKLY": true,
	"WEEKLY_2": true, "WEEKLY_3": true,
}
