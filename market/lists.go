package market

import "github.com/sogoc/sogoc/ledger"

// ThemeNames are the EU's data themes by their code.
var ThemeNames = map[string]ledger.Text{
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

// FileTypes are the EU's codes of file types, by media type.
var FileTypes = map[string]string{
	"text/csv": "CSV", "text/tab-separated-values": "TSV", "text/plain": "TXT", "text/html": "HTML",
	"application/json": "JSON", "application/ld+json": "JSON_LD", "application/geo+json": "GEOJSON",
	"application/xml": "XML", "text/xml": "XML", "text/turtle": "RDF_TURTLE", "application/rdf+xml": "RDF_XML",
	"application/pdf": "PDF", "application/zip": "ZIP", "image/png": "PNG", "image/jpeg": "JPEG", "image/tiff": "TIFF",
	"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "XLSX", "application/vnd.ms-excel": "XLS",
	"application/vnd.oasis.opendocument.spreadsheet": "ODS", "application/vnd.apache.parquet": "PARQUET",
	"application/geopackage+sqlite3": "GPKG", "application/octet-stream": "BIN",
}
