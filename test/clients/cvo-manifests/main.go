// cvo-manifests reads manifest files with the library that the Cluster Version Operator reads a release with, and
// writes them again as oc does. Standard input holds the bytes of a file a line, in base64; standard output gets one
// JSON line a file: its objects, what `oc adm release extract` writes of it, or why it is refused.
//
// It is built in a checkout of openshift/cluster-version-operator, as cmd/cvo-manifests:
//
//	CGO_ENABLED=0 go build -mod=vendor -o cvo-manifests ./cmd/cvo-manifests
//
// Tests that run it are told where it is by CVO_MANIFESTS.
package main

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"

	"github.com/openshift/library-go/pkg/manifest"
	"sigs.k8s.io/yaml"
)

type answer struct {
	Objects []map[string]interface{} `json:"objects"`
	Refused string                   `json:"refused,omitempty"`
	// Written is what oc writes; nil where it can not write one of the objects.
	Written []byte `json:"written"`
}

func main() {
	if err := answerAll(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
}

func answerAll() error {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 64<<20)
	out := json.NewEncoder(os.Stdout)
	for lines.Scan() {
		file, err := base64.StdEncoding.DecodeString(lines.Text())
		if err != nil {
			return err
		}
		if err := out.Encode(read(file)); err != nil {
			return err
		}
	}
	return lines.Err()
}

func read(file []byte) answer {
	manifests, err := manifest.ParseManifests(bytes.NewReader(file))
	if err != nil {
		return answer{Refused: err.Error()}
	}
	found := answer{Written: []byte{}}
	for _, one := range manifests {
		found.Objects = append(found.Objects, one.Obj.Object)
		text, err := yaml.JSONToYAML(one.Raw)
		if err != nil {
			found.Written = nil
		} else if found.Written != nil {
			found.Written = append(append(found.Written, "---\n"...), text...)
		}
	}
	return found
}
