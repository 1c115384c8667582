package epcis

// Members of the header that a document may have, which is master data.
var (
	epcisHeader       = map[string]check{"epcisMasterData": checkMasterData}
	vocabularyMembers = map[string]check{"type": checkURI, "vocabularyElementList": each(checkVocabularyElement)}
	elementMembers    = map[string]check{"id": checkURI, "attributes": each(checkAttribute), "children": checkURIs}
	attributeMembers  = map[string]check{"id": checkURI, "attribute": checkAttributeValue}
)

func checkMasterData(r *reader, n *node) {
	r.members(n, map[string]check{"vocabularyList": each(checkVocabulary)})
}

func checkVocabulary(r *reader, n *node) { r.members(n, vocabularyMembers, "type") }

func checkVocabularyElement(r *reader, n *node) { r.members(n, elementMembers, "id") }

func checkAttribute(r *reader, n *node) { r.members(n, attributeMembers, "id") }

func checkAttributeValue(r *reader, n *node) {
	if n.kind != text && n.kind != number && n.kind != object {
		r.problem(n, "must be a text, a number or an object, is %s", n.kind)
	}
}
