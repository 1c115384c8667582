// Package peer joins the nodes of the organisations that run one register: they
// cosign each other's checkpoints, and each fetches from the others the payloads that
// it may have.
//
// # The peers file, format sogoc-peers/1
//
// All nodes share one JSON file, which their operators agree on outside the register;
// each node finds itself in it by its key:
//
//	{
//	  "format": "sogoc-peers/1",
//	  "quorum": 2,
//	  "nodes": [
//	    {
//	      "name": "Sở Nông nghiệp",
//	      "url": "https://so-goc.example.vn",
//	      "host": "Org1MSP",
//	      "checkpoint": "sogoc.example/0f…+5a3…+AQ…",
//	      "cosigner": "sogoc.example/0f…/Org1MSP+77c…+BH…",
//	      "key": "kpY…="
//	    },
//	    …
//	  ],
//	  "witnesses": [
//	    { "name": "Đại học Nông Lâm", "url": "https://witness.example/sogoc", "key": "witness.example+5c1…+BK…" }
//	  ]
//	}
//
// quorum is how many of the nodes and witnesses together must have cosigned what a
// trust file accepts; left out or 0, it is more than half of them. witnesses, which may
// be left out, cosign and are no nodes: url is the prefix below which add-checkpoint of
// C2SP tlog-witness is, key the verifier key of their cosignatures. They are told of the
// register's origin and checkpoint keys by whoever runs them. A node on a ledger of its
// own is the only one in its file, without a host.
//
// host is the member of the channel whose node
// it is: the register says which organisations it hosts, and nobody here does.
// checkpoint and cosigner are verifier keys (C2SP signed-note, tlog-cosignature), key
// is the Ed25519 key of the node's requests in base64. url is the node's address and
// has no path; it is https but on the machine itself, since payloads travel under it.
//
// # Cosignatures
//
// A node serves C2SP tlog-witness below /api/v1/witness, for the register's origin
// and the checkpoint keys of the file (package ledger/witness). It follows the same
// order, so it cosigns only what its own tree says, too, and raises the alarm in its
// log when a node shows another history. It cosigns its own checkpoints by the same
// rules, so that one trust file, with all checkpoint keys, all cosigners and the
// quorum, serves the receipts of every node.
//
// # Requests of nodes
//
// Payloads are asked for with HTTP Message Signatures (RFC 9421) of one profile: label
// sogoc; components "@method" "@authority" "@path" "content-digest", in this order;
// parameters created, keyid (the node's key in base64), alg="ed25519" and
// tag="sogoc-peer", in this order. Content-Digest is sha-256 (RFC 9530) of the body,
// also of an empty one. There is no query. The authority is that of the asked node's
// url in the file, whatever a proxy made of it. A signature is good for a minute
// either way; requests only read, so one that is seen twice does nothing.
//
//	GET  /api/v1/peers/payloads/{cid}  the payload as it is stored; of a sealed one,
//	                                   in the media type application/vnd.sogoc.sealed,
//	                                   its 32-byte key and then the ciphertext
//	POST /api/v1/peers/held            {"cids": […]} of up to 500; {"held": […]} says
//	                                   which of them are here, of those that the asking
//	                                   node may have
//
// A node may have what an organisation that it hosts may read (trace/index, Node), and
// the files of datasets that everybody may read. What it may not have answers as what
// is not there.
package peer
