# Reads C++ and reports, by the variable `rule`, the coroutine statements that g++ 12 miscompiles without a warning
# (`coroutines`) or functions longer than a screen, tables of values not counted (`functions`).
#
# Comments, strings and preprocessor lines are blanked; the rest is cut into statements, however many lines they take.
# The body of a lambda is cut into statements of its own and leaves `@` in the statement around it.

function fail(of_rule, line, why) {
  if (of_rule != rule) return
  printf "%s:%d: %s\n", FILENAME, line, why
  failures++
}

# `text` without comments and literals; a comment or raw string that goes on is remembered for the next line.
function blank(text,   out, c, two, i, end) {
  for (i = 1; i <= length(text); i++) {
    two = substr(text, i, 2)
    c = substr(text, i, 1)
    if (in_comment) {
      if (two == "*/") { in_comment = 0; i++ }
    } else if (raw_end != "") {
      end = index(substr(text, i), raw_end)
      if (end == 0) return out
      i += end + length(raw_end) - 2
      raw_end = ""
    } else if (two == "//") {
      return out
    } else if (two == "/*") {
      in_comment = 1
      i++
    } else if (two == "R\"" && match(substr(text, i + 2), /^[^( ]*\(/)) {
      raw_end = ")" substr(text, i + 2, RLENGTH - 1) "\""
      i += 1 + RLENGTH
      out = out "\"\""
    } else if (c == "\"" || (c == "'" && substr(text, i - 1, 1) !~ /[0-9a-fA-F]/)) {
      for (i++; i <= length(text) && substr(text, i, 1) != c; i++)
        if (substr(text, i, 1) == "\\") i++
      out = out "\"\""
    } else {
      out = out c
    }
  }
  return out
}

# Where the group that opens at the first `(` of `text` closes.
function end_of_group(text,   i, open, c) {
  for (i = index(text, "("); i <= length(text); i++) {
    c = substr(text, i, 1)
    if (c == "(") open++
    if (c == ")" && --open == 0) break
  }
  return i
}

# Whether a `{` after `text` begins the body of a lambda.
function ends_in_lambda(text,   i, open, c) {
  sub(/->[^()]*$/, "", text)
  sub(/[ ]*(mutable|noexcept)?[ ]*$/, "", text)
  if (text ~ /\)$/) {
    for (i = length(text); i > 0; i--) {
      c = substr(text, i, 1)
      if (c == ")") open++
      if (c == "(" && --open == 0) break
    }
    text = substr(text, 1, i - 1)
    sub(/[ ]*(<[^()]*>)?[ ]*$/, "", text)
  }
  return text ~ /\]$/
}

# What a `{` after `text` opens: the body of a lambda, other code, a scope of declarations, or a value.
function kind_of_brace(text) {
  if (ends_in_lambda(text)) return "lambda"
  if (parens > 0) return "value"
  if (text ~ /^[ ]*$/ || text ~ /[):}][ ]*$/) return "code"
  if (text ~ /(^|[^A-Za-z0-9_])(else|do|try|const|noexcept|override)[ ]*$/) return "code"
  if (text ~ /\)[^=]*(->[^=]*|final[ ]*)$/) return "code"
  if (text ~ /(^|[^A-Za-z0-9_])(namespace|struct|class|union|enum|extern)([^A-Za-z0-9_]|$)/) return "scope"
  return "value"
}

function unsafe(line, why) { fail("coroutines", line, why) }

function check(text, line) {
  # Standard types have constructors of their own and are safe.
  if (text ~ /^[^=(]*awaitable<.*\(/ && match(text, /[(,][^(),=]*=[ ]*\{/) && substr(text, RSTART, RLENGTH) !~ /std::/)
    unsafe(line, "a default argument of a coroutine in braces is destroyed twice: overload the function")
  while (match(text, /^[ ]*(else[ ]+)?(if|while|switch|for)[ ]*(constexpr[ ]*)?\(/)) {
    if (substr(text, 1, end_of_group(text)) ~ /co_await/) unsafe(line, "co_await in a condition: name the result first")
    text = substr(text, end_of_group(text) + 1)
  }
  if (text !~ /co_await/) return
  if (text ~ /\?/) unsafe(line, "?: in a statement with co_await: use if and else")
  if (text ~ /(&&|\|\|)[ ]*[(!]*co_await/ || text ~ /co_await.*(&&|\|\|)/)
    unsafe(line, "&& or || around co_await: name the results first")
  if (text ~ /\{/) unsafe(line, "braces in a statement with co_await: construct the value in a statement before")
  if ((" " text) ~ /[^A-Za-z0-9_)\]][ ]*\[[^][]+\][ ]*([(<@]|mutable|->)/)
    unsafe(line, "a lambda with captures in a statement with co_await: name it in a statement before")
}

function end_statement() {
  check(statement, started)
  statement = ""
}

function is_function(at) { return at == 1 || block[at - 1] == "scope" }

function open_block(kind) {
  depth++
  if (is_function(depth)) lines_of_values = 0
  block[depth] = kind
  opened[depth] = FNR
  if (kind == "value") {
    statement = statement "{"
    return
  }
  outer_statement[depth] = statement
  outer_started[depth] = started
  outer_parens[depth] = parens
  statement = ""
  parens = 0
}

function close_block(   kind) {
  kind = block[depth]
  if (kind == "value") {
    statement = statement "}"
    if (block[--depth] != "value") lines_of_values += FNR - opened[depth + 1]
    return
  }
  end_statement()
  if (kind == "code" && is_function(depth) && FNR - opened[depth] - lines_of_values > 60)
    fail("functions", opened[depth], "a function of " (FNR - opened[depth]) " lines: 60 fit a screen")
  statement = outer_statement[depth]
  started = outer_started[depth]
  parens = outer_parens[depth]
  depth--
  if (kind == "lambda") statement = statement "@"
  else end_statement()
}

FNR == 1 { depth = parens = in_comment = skipping = 0; raw_end = statement = "" }

skipping || (raw_end == "" && !in_comment && /^[ \t]*#/) { skipping = /\\$/; next }

{
  code = blank($0)
  for (at = 1; at <= length(code); at++) {
    c = substr(code, at, 1)
    if (c == "{") open_block(kind_of_brace(statement))
    else if (c == "}") { if (depth > 0) close_block() }
    else if (c == ";" && parens == 0) end_statement()
    else {
      if (c == "(") parens++
      if (c == ")") parens--
      if (statement ~ /^[ ]*$/ && c !~ /[ \t]/) started = FNR
      statement = statement c
    }
  }
  statement = statement " "
}

END { exit failures > 0 }
