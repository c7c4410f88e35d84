#!/bin/sh
# Would an update get through? The CVO applies run levels one after the other; within a level components in parallel,
# and the files of one component in the order of their names.
. "$(dirname "$0")/lib/junit.sh"

awk -f "$(dirname "$0")/lib/objects.awk" "$manifests"/*.yaml >"$scratch/objects"

names_say_when() {
  (cd "$manifests" && ls -- *.yaml) | grep -vE '^0000_[0-9][0-9]_[a-zA-Z0-9]+(-[a-zA-Z0-9]+)*_.+\.yaml$' | sed 's/$/: not 0000_LEVEL_COMPONENT_NAME, so everything waits for it/' || :
}
# Prints objects that need something which is applied later, or maybe later, than themselves.
# `before(a, b)`: a is surely applied before b.
ordered() {
  awk -F'\t' -v want="$1" '
    function before(a, b) { return level[a] < level[b] || (level[a] == level[b] && component[a] == component[b] && a < b) }
    { n++; file[n] = $1; level[n] = $2; component[n] = $3; group[n] = $4; kind[n] = $5; ns[n] = $6; name[n] = $7; account[n] = $10 }
    $5 == "Namespace" && !($7 in namespaces) { namespaces[$7] = n }
    $5 == "CustomResourceDefinition" { crds[$8 "/" $9] = n }
    $5 == "ServiceAccount" { accounts[$6 "/" $7] = n }
    function need(i, what, by) {
      if (!by) print file[i] ": " kind[i] " " name[i] " needs " what ", which the payload does not have"
      else if (!before(by, i)) print file[i] ": " kind[i] " " name[i] " needs " what ", which comes with " file[by]
    }
    END {
      # what the CVO brings along itself, or Kubernetes does
      split("default kube-system kube-public openshift-cluster-version", present, " ")
      for (i in present) given[present[i]] = 1
      for (i = 1; i <= n; i++) {
        if (want == "namespaces" && ns[i] != "" && !(ns[i] in given)) need(i, "namespace " ns[i], namespaces[ns[i]])
        if (want == "crds" && group[i] ~ /\.openshift\.io$/ && !(group[i] == "config.openshift.io" && kind[i] ~ /^Cluster(Operator|Version)$/))
          need(i, "the definition of " kind[i] "." group[i], crds[group[i] "/" kind[i]])
        if (want == "accounts" && account[i] != "" && account[i] != "default") need(i, "service account " account[i], accounts[ns[i] "/" account[i]])
        # the CVO waits at a ClusterOperator until the operator reports: it must have been started by then
        if (want == "operators" && kind[i] == "ClusterOperator") {
          for (j = 1; j <= n; j++) if (kind[j] == "Deployment" && component[j] == component[i] && name[j] ~ /operator/ && !before(j, i))
            print file[i] ": the update waits here for " name[j] ", which is started by " file[j]
        }
      }
    }' "$scratch/objects"
}
objects_once() {
  awk -F'\t' '$5 != "FeatureGate" { key = $4 "/" $5 " " $6 "/" $7; if (key in seen) print $1 ": " key " is in " seen[key] " already"; seen[key] = $1 }' "$scratch/objects"
}
keys_come_last() {
  awk -F'\t' '$6 == "openshift-config-managed" && $7 == "release-verification" && $2 < 90 { print $1 ": the keys for the next update change before this one is through" }' "$scratch/objects"
}

check 'file names say when they are applied' names_say_when
check 'namespaces come before what is in them' ordered namespaces
check 'definitions come before their objects' ordered crds
check 'service accounts come before their pods' ordered accounts
check 'operators are started before the update waits for them' ordered operators
check 'no object is there twice' objects_once
check 'update keys come last' keys_come_last
finish
