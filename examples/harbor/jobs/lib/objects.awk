# Lists the objects of manifests, one a line, tab-separated, in the order in which the CVO reads them:
# file, run level, component, group, kind, namespace, name, group and kind that a CRD defines, service account of pods.
# Reads block-style YAML as operators write it; it is not a YAML parser.
function flush() {
  if (kind != "") printf "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", file, level, component, group, kind, namespace, name, crdGroup, crdKind, account
  kind = group = namespace = name = crdGroup = crdKind = account = section = ""
}
function value(line) { sub(/^[^:]*:[ ]*/, "", line); gsub(/^["']|["']$/, "", line); return line }
FNR == 1 {
  flush()
  file = FILENAME; sub(/.*\//, "", file)
  level = component = ""
  if (match(file, /^0000_[0-9]+_/)) {
    level = substr(file, 6, RLENGTH - 6)
    component = substr(file, RLENGTH + 1); sub(/_.*/, "", component)
  }
}
/^---/ { flush(); next }
/^apiVersion:/ { group = value($0); if (!sub(/\/.*/, "", group)) group = ""; next }
/^kind:/ { kind = value($0); next }
/^[a-zA-Z]/ { section = $1 }
section == "metadata:" && /^  name:/ { name = value($0) }
section == "metadata:" && /^  namespace:/ { namespace = value($0) }
section == "spec:" && kind == "CustomResourceDefinition" && /^  group:/ { crdGroup = value($0) }
section == "spec:" && kind == "CustomResourceDefinition" && /^    kind:/ { crdKind = value($0) }
section == "spec:" && /^      serviceAccountName:/ { account = value($0) }
END { flush() }
