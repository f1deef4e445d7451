# SPECIFICATION<TAB>NUMBER<TAB>FILE for every statement that a test names: in a
# comment, in the name of a scenario, or in the column `statement` of a table.
# "T3 … T5" are three. A letter belongs to one specification but S and W: they
# stand behind its name, or in a folder that is about one. Those of the model format
# ("MF-C3, C4") are not looked at.
function words_of(text, behind,    parts, count, i, letter, ends, last, n, owner) {
    gsub(/ … /, "~", text)
    gsub(/[^A-Za-z0-9~-]+/, " ", text)
    owner = ""
    count = split(text, parts, " ")
    for (i = 1; i <= count; i++) {
        if (tolower(parts[i]) in specifications)
            behind = specifications[tolower(parts[i])]
        if (parts[i - 1] == "style") # of the source
            continue
        if (parts[i] !~ /^[A-Z][0-9][0-9]?[0-9]?(~[A-Z]?[0-9]+)?$/)
            continue
        letter = substr(parts[i], 1, 1)
        owner = behind == "model-format" ? behind : letter in of ? of[letter] : behind
        split(substr(parts[i], 2), ends, "~")
        sub(/^[A-Z]/, "", ends[2])
        last = ends[2] == "" ? ends[1] : ends[2]
        for (n = ends[1] + 0; n <= last + 0 && n < 1000; n++)
            if (!((owner, letter n, FILENAME) in told)) {
                told[owner, letter n, FILENAME] = 1
                print owner "\t" letter n "\t" FILENAME
            }
    }
    return behind
}
# What of a line is a comment, given whether one is open.
function comment_of(line,    text, at, start, stop, length_) {
    text = ""
    if (kind ~ /^[ch]$/ && !inside) # a text is no comment
        gsub(/"([^"\\]|\\.)*"/, "", line)
    while (line != "") {
        if (!inside) {
            at = match(line, /\/\*|<!--|\/\//)
            if (!at)
                return text
            start = substr(line, at, RLENGTH)
            line = substr(line, at + RLENGTH)
            if (start == "//")
                return text " " line
            inside = start == "/*" ? "*/" : "-->"
        }
        at = index(line, inside)
        if (!at)
            return text " " line
        text = text " " substr(line, 1, at - 1)
        line = substr(line, at + length(inside))
        inside = ""
    }
    return text
}
BEGIN {
    FS = "\t"
    count = split("D=domain-model Q=xpath E=test-format A=synchronize", pairs, " ")
    for (i = 1; i <= count; i++)
        of[substr(pairs[i], 1, 1)] = substr(pairs[i], 3)
    count = split("F V X O R L C U Y M J H P T", pairs, " ")
    for (i = 1; i <= count; i++)
        of[pairs[i]] = "activities"
    count = split("synchronize expressions xpath activities domain-model test-format", pairs, " ")
    for (i = 1; i <= count; i++)
        specifications[pairs[i]] = pairs[i]
    specifications["domain"] = "domain-model"
    specifications["model"] = "model-format"
}
FNR == 1 {
    inside = ""
    column = 0
    kind = FILENAME
    sub(/.*\./, "", kind)
    home = FILENAME ~ /(^|\/)(unit\/models|scenarios\/models)\// ? "model-format" : \
        FILENAME ~ /(^|\/)(unit\/(interpreter|base)|expressions)\// ? "expressions" : \
        FILENAME ~ /activities\/walk/ ? "activities" : "synchronize"
}
kind == "tsv" {
    for (i = 1; FNR == 1 && i <= NF; i++)
        if ($i == "statement")
            column = i
    if (FNR > 1 && column)
        words_of($column, home)
    next
}
kind == "sh" || kind == "cases" || kind == "txt" {
    if ($0 ~ /^[ \t]*(scenario|story|test|case|group) /)
        words_of($0, home)
    else if (match($0, /(^|[ \t])#[ \t]/))
        words_of(substr($0, RSTART), home)
    next
}
kind == "mdl" || kind == "md" {
    if ($0 ~ /@test|^[ \t]*(\*|--)/)
        words_of($0, home)
    next
}
{
    text = comment_of($0)
    if (text != "")
        words_of(text, home)
}
