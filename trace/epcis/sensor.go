package epcis

// Members of sensor elements (EPCIS 2.0, section 7.3.7).
var (
	sensorElement = map[string]check{
		"sensorMetadata": func(r *reader, n *node) { r.members(n, sensorMetadata) },
		"sensorReport":   checkSensorReports,
	}
	sensorMetadata = map[string]check{
		"time": checkTime, "startTime": checkTime, "endTime": checkTime,
		"deviceID": checkURI, "deviceMetadata": checkURI, "rawData": checkURI,
		"dataProcessingMethod": checkURI, "bizRules": checkURI,
	}
	sensorReport = map[string]check{
		"type": isWord(measurementTypes), "exception": isWord(alertTypes), "component": isWord(components),
		"time":     checkTime,
		"deviceID": checkURI, "deviceMetadata": checkURI, "rawData": checkURI,
		"dataProcessingMethod": checkURI, "bizRules": checkURI,
		"microorganism": checkURI, "chemicalSubstance": checkURI, "coordinateReferenceSystem": checkURI,
		"value": isKind(number), "minValue": isKind(number), "maxValue": isKind(number), "meanValue": isKind(number),
		"sDev": isKind(number), "percRank": isKind(number), "percValue": isKind(number),
		"stringValue": isKind(text), "booleanValue": isKind(boolean), "hexBinaryValue": checkHex, "uriValue": checkURI,
		"uom": isKind(text),
	}
)

func checkSensorElements(r *reader, n *node) {
	for i, items := 0, r.list(n); i < len(items); i++ {
		r.members(&items[i], sensorElement, "sensorReport")
	}
}

func checkSensorReports(r *reader, n *node) {
	items := r.list(n)
	if n.kind == array && len(items) == 0 {
		r.problem(n, "is empty")
	}
	for i := range items {
		r.members(&items[i], sensorReport, "type")
	}
}

func checkHex(r *reader, n *node) {
	if r.is(n, text) && !isHex(n.text) {
		r.problem(n, "%q is not hexadecimal digits", n.text)
	}
}
