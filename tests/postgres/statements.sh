#!/usr/bin/env bash
# statements.sh FOLDER SOURCE: how many of the SQL statements in the server's code
# the cluster in FOLDER has been sent, by its log; prints those that it was not.
set -euo pipefail
folder=$1 source=$2
[ -s "$folder/where" ] || exit 77
log="$(cat "$folder/where")/log"
python3 - "$log" "$source" <<"END"
import glob, re, sys

# Texts that begin a statement: C literals side by side are one.
literal = r'"((?:[^"\\]|\\.)*)"'
found = {}
places = ["server/*.c"] + ["database/%s.c" % name for name in (
    "content", "database", "driver_postgres", "ids", "migrate", "migrate_drop",
    "record", "select", "version")]
for place in places:
    for path in sorted(glob.glob(sys.argv[2] + "/" + place)):
        text = re.sub(r"/\*.*?\*/", "", open(path).read(), flags=re.S)
        for match in re.finditer(r'(?:%s\s*)+' % literal, text):
            whole = "".join(re.findall(literal, match.group(0)))
            whole = whole.replace('\\"', '"')
            # Some are of tables that only a device has.
            if re.match(r"(SELECT|INSERT INTO|UPDATE|DELETE FROM) ", whole) \
                    and not re.search(
                        r"_mx_(blob|change|object|touched)\b", whole):
                found.setdefault(whole, path[len(sys.argv[2]) + 1:])

def pattern(text):
    text = re.sub(r"\buser\b", '"user"', text)
    parts = re.split(r"(%s|%lld|%d|\?\d*)", text)
    return "".join(
        r"\$\d+" if part.startswith("?") else
        ".*?" if part.startswith("%") else re.escape(part) for part in parts)

seen = set()
with open(sys.argv[1], errors="replace") as log:
    for line in log:
        at = re.search(r"LOG:  (?:execute [^:]*|statement): (.*)", line)
        if at:
            seen.add(at.group(1))
sent = "\n".join(sorted(seen))
missing = [text for text in found if not re.search(pattern(text), sent)]
for text in missing:
    print("not run: %s: %s" % (found[text], text[:150]))
print("%d of %d statements of the server were run on PostgreSQL (%d texts)" % (
    len(found) - len(missing), len(found), len(seen)))
END
