package api

import (
	"net/http"
	"reflect"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"github.com/sogoc/sogoc/api/peer"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

// describeRest adds to the description what answers with files or takes them, and
// is therefore no operation of the library's.
func describeRest(doc *huma.OpenAPI) {
	text := &huma.Schema{Type: huma.TypeString}
	object := &huma.Schema{Type: huma.TypeObject}
	answer := func(status int, what, media string, s *huma.Schema) map[string]*huma.Response {
		problem := map[string]*huma.MediaType{"application/problem+json": {Schema: schemaOf[Problem](doc)}}
		return map[string]*huma.Response{
			strconv.Itoa(status): {Description: what, Content: map[string]*huma.MediaType{media: {Schema: s}}},
			"default":            {Description: "Error", Content: problem},
		}
	}
	doc.AddOperation(&huma.Operation{
		Method: http.MethodGet, Path: "/api/v1/receipts/{entry}", OperationID: "receipt",
		Summary: "The proof that a record stands in the register, for sogoc verify",
		Parameters: []*huma.Param{
			{Name: "entry", In: "path", Required: true, Description: "position in the register, or a transaction's identifier", Schema: text},
			{Name: "item", In: "query", Description: "position in the record", Schema: &huma.Schema{Type: huma.TypeInteger, Default: 0, Minimum: new(float64)}},
		},
		Responses: answer(http.StatusOK, "A receipt", "application/json", object),
	})
	doc.AddOperation(&huma.Operation{
		Method: http.MethodGet, Path: "/api/v1/checkpoint", OperationID: "checkpoint",
		Summary:   "The latest checkpoint: a C2SP signed note of the register's size and root",
		Responses: answer(http.StatusOK, "A signed note", "text/plain; charset=utf-8", text),
	})
	doc.AddOperation(&huma.Operation{
		Method: http.MethodGet, Path: "/checkpoint", OperationID: "logCheckpoint",
		Summary:   "The same, where C2SP tlog-tiles has it; the log's prefix is the node's address",
		Responses: answer(http.StatusOK, "A signed note", "text/plain; charset=utf-8", text),
	})
	doc.AddOperation(&huma.Operation{
		Method: http.MethodGet, Path: "/tile/{name}", OperationID: "tile",
		Summary: "A tile of the register's tree, or a bundle of its leaves, as C2SP tlog-tiles names them; a leaf holds no body (its format: package ledger)",
		Parameters: []*huma.Param{{
			Name: "name", In: "path", Required: true, Description: "0/x001/067, 1/000.p/17, entries/000; the slashes are not encoded", Schema: text,
		}},
		Responses: answer(http.StatusOK, "Hashes of 32 bytes, or leaves behind their length as a uint16; never changes", "application/octet-stream", &huma.Schema{Type: huma.TypeString, Format: "binary"}),
	})
	doc.AddOperation(&huma.Operation{
		Method: http.MethodGet, Path: "/api/v1/trust", OperationID: "trust",
		Summary:   "What a reader pins to check receipts: the register's id, its checkpoint keys and witnesses",
		Responses: answer(http.StatusOK, "A trust file", "application/json", object),
	})
	doc.AddOperation(&huma.Operation{
		Method: http.MethodPost, Path: "/api/v1/payloads", OperationID: "upload", Security: []map[string][]string{{"token": {}}},
		Summary:    "Store a document that a record is to name by its content; sealed, under a key of its own that can be destroyed",
		Parameters: []*huma.Param{{Name: "sealed", In: "query", Schema: &huma.Schema{Type: huma.TypeBoolean, Default: false}}},
		RequestBody: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
			"application/octet-stream": {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}},
		}},
		Responses: answer(http.StatusCreated, "What it is kept under", "application/json", schemaOf[Uploaded](doc)),
	})
	doc.AddOperation(&huma.Operation{
		Method: http.MethodGet, Path: "/api/v1/health", OperationID: "health", Security: []map[string][]string{{"token": {}}},
		Summary:   "How the node is: heights, lag, jobs, disk, the last errors; for its operator",
		Responses: answer(http.StatusOK, "The node's vitals", "application/json", schemaOf[Vitals](doc)),
	})
	doc.AddOperation(&huma.Operation{
		Method: http.MethodGet, Path: BackupPath, OperationID: "backup", Security: []map[string][]string{{"token": {}}},
		Summary:    "A backup of the running node (sogoc-backup/1), for its operator; one that was cut off has no end",
		Parameters: []*huma.Param{{Name: "since", In: "query", Description: "where the backup ends that this one continues", Schema: text}},
		Responses:  answer(http.StatusOK, "A backup", "application/octet-stream", &huma.Schema{Type: huma.TypeString, Format: "binary"}),
	})
	doc.AddOperation(&huma.Operation{
		Method: http.MethodPost, Path: preparePath + trace.Contract + "/" + trace.ActionCapture, OperationID: "prepareCapture", Security: []map[string][]string{{"token": {}}},
		Summary:    "Take an EPCIS document as /epcis/capture does, keep it, and write the transaction for the caller to sign elsewhere; nothing is recorded until that is sent to /api/v1/transactions",
		Parameters: []*huma.Param{{Name: headerAudience, In: "header", Description: "who may read the events", Schema: &huma.Schema{Type: huma.TypeString, Enum: []any{ledger.Public, ledger.Parties, ledger.Own}, Default: ledger.Parties}}},
		RequestBody: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
			"application/ld+json": {Schema: object}, "application/json": {Schema: object},
		}},
		Responses: answer(http.StatusOK, "What there is to sign", "application/json", schemaOf[Prepared](doc)),
	})
	binary := &huma.Schema{Type: huma.TypeString, Format: "binary"}
	describeUploads(doc, answer)
	doc.AddOperation(&huma.Operation{
		Method: http.MethodPost, Path: peer.WitnessPath, OperationID: "addCheckpoint",
		Summary:     "Cosign a checkpoint of another node of this register (C2SP tlog-witness)",
		RequestBody: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"text/plain": {Schema: text}}},
		Responses:   answer(http.StatusOK, "A cosignature, as a line of a signed note", "text/plain; charset=utf-8", text),
	})
	doc.AddOperation(&huma.Operation{
		Method: http.MethodGet, Path: peer.PayloadPath + "{cid}", OperationID: "replicate",
		Summary:    "Fetch a payload as it is stored, for another node of this register, which signs the request (RFC 9421)",
		Parameters: []*huma.Param{{Name: "cid", In: "path", Required: true, Description: "CIDv1", Schema: text}},
		Responses:  answer(http.StatusOK, "The payload; of a sealed one, application/vnd.sogoc.sealed: its key and the ciphertext", "application/octet-stream", binary),
	})
	doc.AddOperation(&huma.Operation{
		Method: http.MethodPost, Path: peer.HeldPath, OperationID: "held",
		Summary:     "Which of some payloads are here, for another node of this register, which signs the request (RFC 9421)",
		RequestBody: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"application/json": {Schema: schemaOf[peer.Held](doc)}}},
		Responses:   answer(http.StatusOK, "Those that are", "application/json", schemaOf[peer.Held](doc)),
	})
}

// describeUploads adds the upload of a draft's files in pieces.
func describeUploads(doc *huma.OpenAPI, answer func(status int, what, media string, s *huma.Schema) map[string]*huma.Response) {
	const path = draftsPath + "/{id}/uploads"
	token := []map[string][]string{{"token": {}}}
	text, number := &huma.Schema{Type: huma.TypeString}, &huma.Schema{Type: huma.TypeInteger}
	nothing := func(status int, what string) map[string]*huma.Response {
		list := answer(status, what, "", nil)
		list[strconv.Itoa(status)].Content = nil
		return list
	}
	draft := &huma.Param{Name: "id", In: "path", Required: true, Description: "of the dataset", Schema: text}
	upload := &huma.Param{Name: "upload", In: "path", Required: true, Schema: text}
	doc.AddOperation(&huma.Operation{
		Method: http.MethodPost, Path: path, OperationID: "beginUpload", Security: token,
		Summary: "Begin to send a file of a draft (tus 1.0.0, creation)",
		Parameters: []*huma.Param{
			draft,
			{Name: tusLength, In: "header", Required: true, Description: "bytes", Schema: number},
			{Name: tusMetadata, In: "header", Required: true, Description: "filename and its value in base 64", Schema: text},
		},
		Responses: nothing(http.StatusCreated, "Location is where the bytes go"),
	})
	doc.AddOperation(&huma.Operation{
		Method: http.MethodGet, Path: path + "/{upload}", OperationID: "uploadState", Security: token,
		Summary: "How much of a file has come (tus 1.0.0): Upload-Offset", Parameters: []*huma.Param{draft, upload},
		Responses: nothing(http.StatusNoContent, "Upload-Offset and Upload-Length"),
	})
	doc.AddOperation(&huma.Operation{
		Method: http.MethodPatch, Path: path + "/{upload}", OperationID: "appendUpload", Security: token,
		Summary:    "Send a piece of a file (tus 1.0.0). With the last one it is in the draft, in the place of one of its name",
		Parameters: []*huma.Param{draft, upload, {Name: tusOffset, In: "header", Required: true, Schema: number}},
		RequestBody: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
			tusContentType: {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}},
		}},
		Responses: nothing(http.StatusNoContent, "Upload-Offset"),
	})
}

func schemaOf[T any](doc *huma.OpenAPI) *huma.Schema {
	return doc.Components.Schemas.Schema(reflect.TypeFor[T](), true, "")
}
