package contracttest

import (
	"encoding/json"
	"strconv"
	"time"

	"github.com/sogoc/sogoc/contracts/dataset"
	"github.com/sogoc/sogoc/contracts/registry"
	"github.com/sogoc/sogoc/contracts/trade"
	"github.com/sogoc/sogoc/ledger"
)

// WorldsName is the name of Worlds.
const WorldsName = "worlds"

// Worlds is a contract that hosts any number of worlds on one register, so that all
// histories can be done on a real ledger side by side. A world is a number. It has
// keys of its own, the genesis of worlds in memory, and for record time what the
// transaction says: its first item is a place, and the others, the action and the
// summary are those of the contract that the place names.
type Worlds struct{}

// place says where a transaction belongs.
type place struct {
	World    int         `json:"world"`
	Contract string      `json:"contract"`
	Time     ledger.Time `json:"time"`
}

// SignIn signs the step's transaction for a world of a register that hosts Worlds.
func (s Step) SignIn(register ledger.Hash, world int) (ledger.Tx, error) {
	at, err := json.Marshal(place{world, s.Contract, s.Time})
	if err != nil {
		return ledger.Tx{}, err
	}
	return s.sign(register, WorldsName, ledger.TimeOf(time.Now()), append([][]byte{at}, s.Items...)...)
}

func (Worlds) Name() string { return WorldsName }

func (Worlds) Execute(s ledger.State, call ledger.Call) ([]byte, error) {
	var at place
	if err := json.Unmarshal(call.Items[0], &at); err != nil {
		return nil, ledger.Wrap(err, ledger.Invalid, "the transaction does not say which world it is for")
	}
	call.Contract, call.Items, call.Time, call.Rules = at.Contract, call.Items[1:], at.Time, registry.Rules
	for _, c := range Contracts(dataset.Contract{}, trade.Contract{}) {
		if c.Name() == at.Contract {
			return c.Execute(world{s, "world " + strconv.Itoa(at.World) + " "}, call)
		}
	}
	return nil, ledger.FieldErrorf(ledger.Invalid, "contract", "there is no %q", at.Contract)
}

// world is the part of a state that belongs to one.
type world struct {
	ledger.State
	prefix string
}

func (w world) Get(key string) ([]byte, error) {
	if key == ledger.GenesisKey {
		return Genesis().Encode(), nil
	}
	return w.State.Get(w.prefix + key)
}
func (w world) Put(key string, value []byte) { w.State.Put(w.prefix+key, value) }
func (w world) Delete(key string)            { w.State.Delete(w.prefix + key) }
