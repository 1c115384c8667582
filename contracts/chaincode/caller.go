package chaincode

import (
	"github.com/hyperledger/fabric-chaincode-go/v2/shim"
	"github.com/hyperledger/fabric-protos-go-apiv2/common"
	"github.com/hyperledger/fabric-protos-go-apiv2/msp"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
	"google.golang.org/protobuf/proto"

	"github.com/sogoc/sogoc/ledger"
)

// caller is the chaincode that was proposed to, which is this one, and the MSP of the
// organisation whose node proposes. A proposal to another chaincode, which calls this
// one, is refused: it would write here what no follower sees, as a block shows the
// arguments and the event of the chaincode that was proposed to.
//
// A chaincode is not told its own name, and one process may answer for several. So
// the name that its first transaction was proposed to is kept with its state.
func caller(s *state) (name, mspID string, err error) {
	if name, err = proposedTo(s.stub); err != nil {
		return "", "", ledger.Wrap(err, ledger.Invalid, "the proposal cannot be read")
	}
	own, err := s.read(nameKey)
	if err != nil {
		return "", "", err
	}
	if own != nil && string(own) != name {
		return "", "", ledger.Errorf(ledger.Forbidden, "the chaincode %s may not submit; nodes propose to %s themselves", name, own)
	}
	b, err := s.stub.GetCreator()
	if err != nil {
		return "", "", ledger.Wrap(err, ledger.Unauthenticated, "nobody known proposed the transaction")
	}
	var id msp.SerializedIdentity
	if err := proto.Unmarshal(b, &id); err != nil || id.GetMspid() == "" {
		return "", "", ledger.Errorf(ledger.Unauthenticated, "nobody known proposed the transaction")
	}
	return name, id.GetMspid(), nil
}

// proposedTo is the chaincode that the signed proposal is to, as peers find it: by
// the extension of the channel header.
func proposedTo(stub shim.ChaincodeStubInterface) (string, error) {
	signed, err := stub.GetSignedProposal()
	if err != nil {
		return "", err
	}
	var (
		proposal  peer.Proposal
		header    common.Header
		channel   common.ChannelHeader
		extension peer.ChaincodeHeaderExtension
	)
	for _, part := range []struct {
		bytes func() []byte
		into  proto.Message
	}{
		{signed.GetProposalBytes, &proposal}, {proposal.GetHeader, &header},
		{header.GetChannelHeader, &channel}, {channel.GetExtension, &extension},
	} {
		if err := proto.Unmarshal(part.bytes(), part.into); err != nil {
			return "", err
		}
	}
	return extension.GetChaincodeId().GetName(), nil
}
