// cvo-graph reads a served update graph with the client library of the Cluster Version Operator: what a cluster of each
// version in each channel is offered. Standard input holds {"channel": ["version", ...]}, standard output gets one JSON
// line a question.
//
// It is built in a checkout of openshift/cluster-version-operator, as cmd/cvo-graph:
//
//	CGO_ENABLED=0 go build -mod=vendor -o cvo-graph ./cmd/cvo-graph
//
// Tests that run it are told where it is by CVO_GRAPH.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"sort"

	"github.com/blang/semver/v4"
	"github.com/google/uuid"

	"github.com/openshift/cluster-version-operator/pkg/cincinnati"
	"github.com/openshift/cluster-version-operator/pkg/clusterconditions"
	"github.com/openshift/cluster-version-operator/pkg/clusterconditions/standard"
)

type offer struct {
	Channel     string              `json:"channel"`
	Version     string              `json:"version"`
	Updates     []string            `json:"updates"`
	Conditional map[string][]string `json:"conditional"`
	Error       string              `json:"error,omitempty"`
}

func main() {
	upstream := flag.String("upstream", "", "address of the graph")
	arch := flag.String("arch", "amd64", "architecture")
	flag.Parse()
	if err := answer(*upstream, *arch); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
}

func answer(upstream, arch string) error {
	// risks are pruned by the rules the operator knows, and not evaluated: no Prometheus is asked
	target := clusterconditions.PromQLTarget{URL: &url.URL{Scheme: "https", Host: "thanos.invalid"}}
	id := uuid.MustParse("01234567-0123-0123-0123-0123456789ab")
	client := cincinnati.NewClient(id, http.DefaultTransport.(*http.Transport), "cvo-graph", standard.NewConditionRegistry(target))
	var questions map[string][]string
	if err := json.NewDecoder(os.Stdin).Decode(&questions); err != nil {
		return err
	}
	channels := make([]string, 0, len(questions))
	for name := range questions {
		channels = append(channels, name)
	}
	sort.Strings(channels)
	out := json.NewEncoder(os.Stdout)
	for _, channel := range channels {
		for _, text := range questions[channel] {
			version, err := semver.Parse(text)
			if err != nil {
				return err
			}
			uri, err := url.Parse(upstream)
			if err != nil {
				return err
			}
			result := offer{Channel: channel, Version: text, Updates: []string{}, Conditional: map[string][]string{}}
			_, updates, conditional, err := client.GetUpdates(context.Background(), uri, arch, arch, channel, version)
			if err != nil {
				result.Error = err.Error()
			}
			for _, update := range updates {
				result.Updates = append(result.Updates, update.Version)
			}
			for _, update := range conditional {
				names := make([]string, 0, len(update.Risks))
				for _, risk := range update.Risks {
					names = append(names, risk.Name)
				}
				result.Conditional[update.Release.Version] = names
			}
			if err := out.Encode(result); err != nil {
				return err
			}
		}
	}
	return nil
}
