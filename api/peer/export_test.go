package peer

// Sign signs a request as a node does.
var Sign = sign
