package main

import (
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/spf13/cobra"

	"github.com/sogoc/sogoc/cmd/internal/node"
	"github.com/sogoc/sogoc/ledger"
	"github.com/sogoc/sogoc/trace"
)

func newAdmit() *cobra.Command {
	var c client
	cmd := &cobra.Command{
		Use:   "admit --as operator FILE",
		Short: "Admit an organisation to the register",
		Long: "Admit an organisation to the register, as its node asked for in an application file (application.json in\n" +
			"that node's data folder). Look at the file first: it says who they are and which key acts for them.",
		Args: exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := c.authorise(true); err != nil {
				return err
			}
			a, err := node.ReadApplication(args[0])
			if err != nil {
				return err
			}
			entry, err := c.admit(cmd, a)
			if err != nil {
				return fmt.Errorf("%s: %w", args[0], err)
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "Đã kết nạp · admitted: %s (%s), organisation %s, entry %d\n",
				a.Profile.Name.VI, a.Admission.Org.Kind, a.Admission.Org.ID, entry)
			return err
		},
	}
	c.flags(cmd, true)
	return cmd
}

// admit brings the organisation's profile to the node and records its admission.
func (c *client) admit(cmd *cobra.Command, a *node.Application) (entry uint64, err error) {
	var register struct{ Register ledger.Hash }
	if err := c.call(cmd, http.MethodGet, "/api/v1/register", nil, &register); err != nil {
		return 0, err
	}
	if register.Register != a.Register {
		return 0, fmt.Errorf("is for the register %s, and the node keeps %s", a.Register, register.Register)
	}
	var profile struct{ CID string }
	if err := c.call(cmd, http.MethodPost, "/api/v1/payloads", trace.Encode(a.Profile), &profile); err != nil {
		return 0, err
	}
	if profile.CID != a.Admission.Org.Profile.Payload {
		return 0, fmt.Errorf("the profile in it is not the one that its admission names")
	}
	body, err := json.Marshal(map[string]any{"items": []json.RawMessage{trace.Encode(a.Admission)}})
	if err != nil {
		return 0, err
	}
	var recorded struct{ Entry uint64 }
	err = c.call(cmd, http.MethodPost, "/api/v1/records/"+trace.RegistryContract+"/"+trace.ActionAdmit, body, &recorded)
	return recorded.Entry, err
}

// call is do with a JSON answer.
func (c *client) call(cmd *cobra.Command, method, path string, body []byte, answer any) error {
	_, b, err := c.do(cmd.Context(), method, path, map[string]string{"Content-Type": "application/json"}, body)
	if err != nil {
		return err
	}
	return json.Unmarshal(b, answer)
}
