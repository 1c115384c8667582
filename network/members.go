package network

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// AddOrganisation makes a third organisation of two a member of the channel while
// the network runs: its certificates, a change of the channel's configuration that
// the others' administrators sign, its peer and its chaincode process. Every
// organisation's profile is written anew; nodes that run find the new peer by
// themselves. When it fails it can be called again and goes on.
func (n *Network) AddOrganisation(ctx context.Context, progress Progress) error {
	if !n.state.Ready {
		return n.notReady()
	}
	if n.state.Organisations == maxOrganisations {
		return fmt.Errorf("the network has %d organisations, which is as many as it can have", maxOrganisations)
	}
	members := n.organisations()
	grown := *n
	grown.state.Organisations++
	fresh := grown.organisations()[len(members)]
	steps := []struct {
		what string
		do   func(context.Context) error
	}{
		{"certificates", func(ctx context.Context) error { return grown.certifyOrganisation(ctx, fresh) }},
		{"configuration", func(ctx context.Context) error { return n.admit(ctx, &grown, fresh) }},
		{"processes", func(ctx context.Context) error {
			return grown.spawnThese(ctx, []process{grown.chaincode(fresh), grown.peer(fresh)})
		}},
		{"peer", func(ctx context.Context) error { return grown.takePart(ctx, fresh) }},
		{"chaincode", func(ctx context.Context) error {
			if err := grown.install(ctx, fresh, n.state.Version); err != nil {
				return err
			}
			return grown.approve(ctx, fresh, chaincode, n.state.Version, n.state.PackageID)
		}},
		{"profiles", func(context.Context) error { return grown.writeProfile(chaincode) }},
	}
	for i, s := range steps {
		progress.step(s.what, i, len(steps))
		if err := s.do(ctx); err != nil {
			return fmt.Errorf("%s: %w", s.what, err)
		}
	}
	progress.step("organisation", len(steps), len(steps))
	n.state = grown.state
	return n.save()
}

// Rebuild makes the peer of an organisation anew from nothing but its certificates,
// as after the loss of its disk: it fetches the blocks. What it had approved was
// nowhere else, and Fabric does not let it be approved twice; so the same program
// becomes the next version of the chaincode, by an upgrade.
func (n *Network) Rebuild(ctx context.Context, org string, progress Progress) error {
	if !n.state.Ready {
		return n.notReady()
	}
	all := n.organisations()
	i := slices.IndexFunc(all, func(o organisation) bool { return o.Name == org })
	if i < 0 {
		return fmt.Errorf("there is no organisation %q; there are %v", org, n.Organisations())
	}
	p := n.peer(all[i])
	if err := n.Stop(ctx, p.name); err != nil {
		return err
	}
	if err := os.RemoveAll(p.dir); err != nil {
		return err
	}
	if err := n.spawnThese(ctx, []process{p}); err != nil {
		return err
	}
	if err := n.takePart(ctx, all[i]); err != nil {
		return err
	}
	return n.Upgrade(ctx, n.program(n.state.Version), progress)
}

// takePart has an organisation's peer that is new join the channel and fetch its
// blocks.
func (n *Network) takePart(ctx context.Context, o organisation) error {
	_, err := n.Peer(ctx, o.Name, "channel", "join", "-b", n.path(blockFile))
	if err != nil && !strings.Contains(err.Error(), "already exists") {
		return err
	}
	return n.awaitHeight(ctx)
}

// certifyOrganisation makes the keys and certificates of one organisation, unless
// they are there.
func (n *Network) certifyOrganisation(ctx context.Context, o organisation) error {
	if _, err := os.Stat(o.MSPDir()); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return n.cryptogen(ctx, nil, []organisation{o})
}

// admit puts an organisation into the channel's configuration, signed by every
// member: each but the last signs, the last sends it, which signs it, too.
func (n *Network) admit(ctx context.Context, grown *Network, o organisation) error {
	dir := n.path("config", o.Name)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if err := grown.fillConfigtx(dir, Config{}); err != nil {
		return err
	}
	raw, err := n.fabric(ctx, "configtxgen", "-configPath", dir, "-printOrg", o.Name)
	if err != nil {
		return err
	}
	var group object
	if err := json.Unmarshal(raw, &group); err != nil {
		return fmt.Errorf("configtxgen: %w", err)
	}
	u := configUpdate{n: n, dir: dir}
	changed, err := u.make(ctx, func(channel object) error {
		members, err := channel.at("groups", "Application", "groups")
		if err == nil {
			members[o.Name] = group
		}
		return err
	})
	if err != nil || !changed {
		return err
	}
	return u.send(ctx)
}

// object is JSON's.
type object map[string]any

// at is the object at a path.
func (o object) at(path ...string) (object, error) {
	for _, name := range path {
		next, ok := o[name].(map[string]any)
		if !ok {
			return nil, fmt.Errorf("the channel's configuration has no %s", strings.Join(path, "."))
		}
		o = next
	}
	return o, nil
}

// configUpdate is a change of the channel's configuration, whose files are in a
// folder. Fabric's configtxlator says what differs.
type configUpdate struct {
	n   *Network
	dir string
}

func (u configUpdate) path(name string) string { return filepath.Join(u.dir, name) }

// make fetches the configuration, changes it, and writes the update; changed is
// false when it is as wanted already.
func (u configUpdate) make(ctx context.Context, change func(channel object) error) (changed bool, err error) {
	n := u.n
	o := n.runningOrderer()
	if _, err := n.Peer(ctx, n.organisations()[0].Name, "channel", "fetch", "config", u.path("block.pb"), "-c", channel,
		"-o", o.Address(), "--tls", "--cafile", o.TLSCA()); err != nil {
		return false, err
	}
	var block struct {
		Data struct {
			Data []struct {
				Payload struct {
					Data struct {
						Config object `json:"config"`
					} `json:"data"`
				} `json:"payload"`
			} `json:"data"`
		} `json:"data"`
	}
	if err := u.decode(ctx, "block.pb", "common.Block", &block); err != nil {
		return false, err
	}
	if len(block.Data.Data) != 1 {
		return false, errors.New("the block of the configuration has not one transaction")
	}
	config := block.Data.Data[0].Payload.Data.Config
	if err := u.encode(ctx, config, "common.Config", "before.pb"); err != nil {
		return false, err
	}
	group, err := config.at("channel_group")
	if err != nil {
		return false, err
	}
	if err := change(group); err != nil {
		return false, err
	}
	if err := u.encode(ctx, config, "common.Config", "after.pb"); err != nil {
		return false, err
	}
	_, err = n.fabric(ctx, "configtxlator", "compute_update", "--channel_id", channel,
		"--original", u.path("before.pb"), "--updated", u.path("after.pb"), "--output", u.path("update.pb"))
	if err != nil && strings.Contains(err.Error(), "no differences detected") {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	var update object
	if err := u.decode(ctx, "update.pb", "common.ConfigUpdate", &update); err != nil {
		return false, err
	}
	const configUpdateType = 2 // common.HeaderType_CONFIG_UPDATE
	return true, u.encode(ctx, object{"payload": object{
		"header": object{"channel_header": object{"channel_id": channel, "type": configUpdateType}},
		"data":   object{"config_update": update},
	}}, "common.Envelope", "envelope.pb")
}

// send has every organisation sign the update, and the last of them send it.
func (u configUpdate) send(ctx context.Context) error {
	members := u.n.Organisations()
	last := len(members) - 1
	for _, org := range members[:last] {
		if _, err := u.n.Peer(ctx, org, "channel", "signconfigtx", "-f", u.path("envelope.pb")); err != nil {
			return err
		}
	}
	o := u.n.runningOrderer()
	_, err := u.n.Peer(ctx, members[last], "channel", "update", "-f", u.path("envelope.pb"), "-c", channel,
		"-o", o.Address(), "--tls", "--cafile", o.TLSCA())
	return err
}

func (u configUpdate) decode(ctx context.Context, file, kind string, to any) error {
	raw, err := u.n.fabric(ctx, "configtxlator", "proto_decode", "--type", kind, "--input", u.path(file))
	if err != nil {
		return err
	}
	return json.Unmarshal(raw, to)
}

func (u configUpdate) encode(ctx context.Context, from object, kind, file string) error {
	raw, err := json.Marshal(from)
	if err != nil {
		return err
	}
	text := u.path(file + ".json")
	if err := os.WriteFile(text, raw, 0o644); err != nil {
		return err
	}
	_, err = u.n.fabric(ctx, "configtxlator", "proto_encode", "--type", kind, "--input", text, "--output", u.path(file))
	return err
}

// fabric runs one of Fabric's commands that need nobody's identity.
func (n *Network) fabric(ctx context.Context, command string, args ...string) ([]byte, error) {
	return output(exec.CommandContext(ctx, n.state.Tools.command(command), args...))
}
