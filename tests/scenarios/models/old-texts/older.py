#!/usr/bin/env python3
"""An app in JSON as older versions store it: before 7.9 types were texts, before
7.11 the attributes of sortings. older.py IN OUT"""
import json
import sys

WORDS = {"DataTypes$%sType" % word: word for word in
         ("Void", "String", "Boolean", "Integer", "Decimal", "DateTime")}


def text(part):
    kind = part["$Type"]
    if kind == "DataTypes$ListType":
        return "[" + part["entity"] + "]"
    if kind == "DataTypes$EnumerationType":
        return "#" + part["enumeration"]
    return WORDS.get(kind) or part["entity"]


def path(reference):
    steps = (reference["entityRef"] or {}).get("steps", [])
    return "/".join([name for step in steps for name in
                     (step["association"], step["destinationEntity"])]
                    + [reference["attribute"]])


PARTS = {
    "Microflows$Microflow": ("microflowReturnType", "returnType", text),
    "Microflows$MicroflowParameterObject": ("variableType", "type", text),
    "Microflows$CreateVariableAction": ("variableType", "variableDataType", text),
    "Microflows$SortItem": ("attributeRef", "attributePath", path),
}
changed = set()


def older(node):
    if isinstance(node, list):
        for item in node:
            older(item)
    if not isinstance(node, dict):
        return
    kind = node.get("$Type")
    if kind in PARTS and PARTS[kind][0] in node:
        new, old, change = PARTS[kind]
        node[old] = change(node.pop(new))
        changed.add(kind)
    for value in node.values():
        older(value)


with open(sys.argv[1], encoding="utf-8") as source:
    app = json.load(source)
older(app)
if changed != set(PARTS):
    sys.exit("not changed: %s" % (set(PARTS) - changed))
with open(sys.argv[2], "w", encoding="utf-8") as target:
    json.dump(app, target)
