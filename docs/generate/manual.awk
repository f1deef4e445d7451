# Writes the reference manual from the comments of nanoflow.h:
#   awk -f manual.awk include/nanoflow.h >docs/manual.md
#   awk -v names=1 -f manual.awk include/nanoflow.h     the functions alone
#
# The header is read as it is written: a section begins with a comment of
# dashes and a title, a comment in the first column belongs to the declarations
# under it, and a blank line outside of braces ends both. A function without a
# comment above it is an error.

function fail(message) {
    print FILENAME ":" FNR ": " message >"/dev/stderr"
    failed = 1
}

# `code` without its comments.
function bare(code,    out, at, rest) {
    while ((at = index(code, "/*"))) {
        out = out substr(code, 1, at - 1)
        rest = substr(code, at + 2)
        at = index(rest, "*/")
        code = at ? substr(rest, at + 2) : ""
    }
    return out code
}

# The names that a piece of code declares, joined by ", "; `functions` counts
# the functions among them.
function declared(code,    text, found, name, n, i, parts) {
    functions = 0
    text = bare(code)
    gsub(/\n/, " ", text)
    while (match(text, /\{[^{}]*\}/)) # bodies
        text = substr(text, 1, RSTART - 1) substr(text, RSTART + RLENGTH)
    n = split(text, parts, ";")
    for (i = 1; i <= n; i++) {
        name = ""
        if (match(parts[i], /\(\*nf_[a-z0-9_]+\)/)) {
            name = substr(parts[i], RSTART + 2, RLENGTH - 3)
        } else if (parts[i] ~ /typedef/ || parts[i] ~ /^ *struct /) {
            if (match(parts[i], /nf_[a-z0-9_]+ *$/))
                name = substr(parts[i], RSTART, RLENGTH)
        } else if (match(parts[i], /nf_[a-z0-9_]+\(/)) {
            name = substr(parts[i], RSTART, RLENGTH - 1)
            functions++
            all[++count] = name
        }
        sub(/ +$/, "", name)
        if (name != "")
            found = found (found == "" ? "" : ", ") name
    }
    return found
}

function anchor(title) {
    title = tolower(title)
    gsub(/[^a-z0-9_ -]/, "", title)
    gsub(/ /, "-", title)
    return title
}

# Paragraphs of a comment; what is indented further is an example.
function prose(comment,    n, i, lines, out, inside, line) {
    n = split(comment, lines, "\n")
    for (i = 1; i <= n; i++) {
        line = lines[i]
        if (line ~ /^    / && !inside) {
            out = out "```c\n"
            inside = 1
        } else if (line !~ /^    / && line != "" && inside) {
            sub(/\n+$/, "\n", out)
            out = out "```\n\n"
            inside = 0
        }
        if (inside)
            sub(/^    /, "", line)
        out = out line "\n"
    }
    if (inside)
        out = out "```\n"
    sub(/\n+$/, "\n", out)
    return out
}

function flush_item(    names) {
    sub(/\n+$/, "", code)
    if (code != "") {
        names = declared(code)
        if (functions && comment == "")
            fail("without a comment: " names)
        if (names != "") {
            body[sections] = body[sections] "### " names "\n\n"
            links[sections] = links[sections] "- [" names "](#" \
                anchor(names) ")\n"
        }
        body[sections] = body[sections] "```c\n" code "\n```\n\n"
    }
    if (comment != "")
        body[sections] = body[sections] prose(comment) "\n"
    comment = code = ""
}

function begin_section(line) {
    flush_item()
    sub(/^\/\* -+ /, "", line)
    sub(/ -+ \*\/$/, "", line)
    title[++sections] = line
}

BEGIN { sections = 0; title[0] = "" }

continued { continued = ($0 ~ /\\$/); next }
/^#/ { continued = ($0 ~ /\\$/); next }
/^extern "C"/ || (/^}$/ && !depth) { next }
/^\/\* -+ .* -+ \*\/$/ { begin_section($0); next }

in_comment {
    line = $0
    in_comment = (index(line, "*/") == 0)
    sub(/ *\*\/$/, "", line)
    sub(/^ \* ?/, "", line)
    comment = comment "\n" line
    next
}
/^\/\*/ {
    if (code != "" || comment != "")
        flush_item()
    line = $0
    in_comment = (index(line, "*/") == 0)
    sub(/ *\*\/$/, "", line)
    sub(/^\/\* */, "", line)
    comment = line
    next
}
/^$/ && !depth { flush_item(); next }
{
    code = code $0 "\n"
    line = bare($0)
    depth += gsub(/\{/, "", line) - gsub(/\}/, "", line)
}

END {
    flush_item()
    if (failed)
        exit 1
    if (names) {
        for (i = 1; i <= count; i++)
            print all[i]
        exit 0
    }
    print "# The C interface\n"
    print "Written by `./dev manual` from the comments of " \
        "`include/nanoflow.h`; change those.\n"
    print body[0]
    print "## Index\n"
    for (i = 1; i <= sections; i++)
        print "[" title[i] "](#" anchor(title[i]) ")\n\n" links[i]
    for (i = 1; i <= sections; i++) {
        print "## " title[i] "\n"
        printf "%s", body[i]
    }
}
