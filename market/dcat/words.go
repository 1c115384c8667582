package dcat

import "github.com/sogoc/sogoc/ledger"

// authority is where the Publications Office of the EU keeps the lists that DCAT-AP asks
// for.
const authority = "http://publications.europa.eu/resource/authority/"

// Themes are the EU's data themes by their code.
var Themes = map[string]ledger.Text{
	"AGRI":      {VI: "Nông, lâm, thủy sản và thực phẩm", EN: "Agriculture, fisheries, forestry and food"},
	"ECON":      {VI: "Kinh tế và tài chính", EN: "Economy and finance"},
	"EDUC":      {VI: "Giáo dục, văn hóa và thể thao", EN: "Education, culture and sport"},
	"ENER":      {VI: "Năng lượng", EN: "Energy"},
	"ENVI":      {VI: "Môi trường", EN: "Environment"},
	"GOVE":      {VI: "Chính quyền và khu vực công", EN: "Government and public sector"},
	"HEAL":      {VI: "Y tế", EN: "Health"},
	"INTR":      {VI: "Vấn đề quốc tế", EN: "International issues"},
	"JUST":      {VI: "Tư pháp, pháp luật và an toàn công cộng", EN: "Justice, legal system and public safety"},
	"OP_DATPRO": {VI: "Dữ liệu tạm thời", EN: "Provisional data"},
	"REGI":      {VI: "Vùng và đô thị", EN: "Regions and cities"},
	"SOCI":      {VI: "Dân số và xã hội", EN: "Population and society"},
	"TECH":      {VI: "Khoa học và công nghệ", EN: "Science and technology"},
	"TRAN":      {VI: "Giao thông", EN: "Transport"},
}

// frequencies are codes of the EU's list.
var frequencies = map[string]bool{
	"ANNUAL": true, "ANNUAL_2": true, "ANNUAL_3": true, "BIENNIAL": true, "BIMONTHLY": true, "BIWEEKLY": true, "CONT": true,
	"DAILY": true, "DAILY_2": true, "HOURLY": true, "IRREG": true, "MONTHLY": true, "MONTHLY_2": true, "MONTHLY_3": true,
	"NEVER": true, "OTHER": true, "QUARTERLY": true, "TRIENNIAL": true, "UNKNOWN": true, "UPDATE_CONT": true, "WEEKLY": true,
	"WEEKLY_2": true, "WEEKLY_3": true,
}

// fileTypes are codes of the EU's list, by media type.
var fileTypes = map[string]string{
	"text/csv": "CSV", "text/tab-separated-values": "TSV", "text/plain": "TXT", "text/html": "HTML",
	"application/json": "JSON", "application/ld+json": "JSON_LD", "application/geo+json": "GEOJSON",
	"application/xml": "XML", "text/xml": "XML", "text/turtle": "RDF_TURTLE", "application/rdf+xml": "RDF_XML",
	"application/pdf": "PDF", "application/zip": "ZIP", "image/png": "PNG", "image/jpeg": "JPEG", "image/tiff": "TIFF",
	"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "XLSX", "application/vnd.ms-excel": "XLS",
	"application/vnd.oasis.opendocument.spreadsheet": "ODS", "application/vnd.apache.parquet": "PARQUET",
	"application/geopackage+sqlite3": "GPKG", "application/octet-stream": "BIN",
}
