# Reads C++ and reports includes that break the layering. `layers` names the layers, lowest first; `homes` lists
# "header:layer" for the public headers, the layer that implements them.

function fail(why) {
  printf "%s:%d: %s\n", FILENAME, FNR, why
  failures++
}

BEGIN {
  count = split(layers, names, " ")
  for (i = 1; i <= count; i++) rank[names[i]] = i
  count = split(homes, pairs, " ")
  for (i = 1; i <= count; i++) {
    split(pairs[i], pair, ":")
    if (!(pair[1] in home)) home[pair[1]] = pair[2]
  }
}

# The layer of a path as it is written in an include, or of a file below src or include; empty for others.
function layer_of(path, parts) {
  sub(/^(.*\/)?(src|include)\//, "", path)
  if (split(path, parts, "/") < 2) return ""
  if (parts[1] == "chronicle" && !(parts[2] in rank)) return parts[2] in home ? home[parts[2]] : "session"
  if (parts[1] == "chronicle") return parts[2]
  return parts[1] in rank ? parts[1] : ""
}

function may_include(from, to) {
  if (from == "kv_server") return to ~ /^(base|integrity|transport|kv_server)$/
  return rank[to] <= rank[from]
}

FNR == 1 {
  own = FILENAME ~ /(^|\/)(src|include)\// ? layer_of(FILENAME) : ""
  is_public = FILENAME ~ /(^|\/)include\/chronicle\//
}

/^[ \t]*#[ \t]*include/ {
  path = $0
  sub(/^[^"<]*["<]/, "", path)
  sub(/[">].*$/, "", path)
  if (path ~ /(^|\/)\.\.\//) fail("an include by a relative path")
  if (is_public && path ~ /^(openssl\/|sqlite3|boost\/asio\/ssl|boost\/beast|boost\/test)/)
    fail("a public header includes <" path ">")
  if (is_public && layer_of(path) != "" && path !~ /^chronicle\//) fail("a public header includes a private one, " path)
  if (own != "" && path ~ /^boost\/beast/ && own != "transport" && own != "kv_server")
    fail("only transport and kv_server include Beast")
  to = layer_of(path)
  if (own != "" && to != "" && !may_include(own, to)) fail(own " includes " path ", which belongs to " to)
}

END { exit failures > 0 }
