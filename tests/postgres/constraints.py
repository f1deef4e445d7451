#!/usr/bin/env python3
"""Random objects of the app of tests/scenarios/program/xpath-rows, and random
XPath constraints over them with sortings and ranges.

constraints.py SEED OBJECTS CONSTRAINTS DATA CELLS writes lines for `data import`
and for `query --batch`. A few constraints are wrong on purpose.
"""
import json
import random
import sys

TEXTS = ["", " ", "a", "A", "ab", "AB", "Ab", "aB", "a%b", "a_b", "a\\b", "O'Hare",
         '"q"', "Özel", "özel", "ÖZEL", "straße", "STRASSE", "ß", "ẞ", "Σίσυφος",
         "ΣΊΣΥΦΟΣ", "σίσυφοσ", "İstanbul", "istanbul", "ıI", "K", "\u212a", "k", "ﬁn", "FIN", "éclair",
         "e\u0301clair", "Éclair", "z", "Z", "日本", "😀", "x\ty", "tail ", "50% off", "[%x%]",
         "ID_1", "true", "1.0", "0", "Nord", "süd", "SÜD", "NORD", "Ǆ", "ǅ", "ǆ", "ꭰ", "Ꭰ"]
INTEGERS = [0, 1, -1, 2, 3, 4, 5, 10, 53, 2147483647, -2147483648]
LONGS = INTEGERS + [9007199254740993, 9007199254740992, -9007199254740993,
                    9223372036854775807, -9223372036854775807]
DECIMALS = ["0", "1", "-1", "0.1", "0.10", "100.5", "100.50", "-1.25", "70000",
            "0.00000001", "-0.00000001", "99999999999999999999.99999999",
            "-99999999999999999999.99999999", "2.5", "3", "4", "12345678901234567890.5"]
DATES = ["2026-03-18T10:20:30.456Z", "2026-03-18T00:00:00Z", "2026-03-17T23:00:00Z",
         "2026-03-17T22:59:59.999Z", "2026-03-29T00:59:59Z", "2026-03-29T01:00:00Z",
         "2025-10-26T00:30:00Z", "2025-10-26T01:30:00Z", "2024-02-29T12:00:00Z",
         "2026-12-31T23:30:00Z", "2026-01-01T00:00:00Z", "2025-12-29T10:00:00Z",
         "2021-01-03T12:00:00Z", "1969-12-31T23:59:59.999Z", "1900-01-01T00:00:00Z",
         "1582-10-15T00:00:00Z", "9999-12-31T23:59:59.999Z", "2026-03-18T10:20:30Z"]
FUELS = ["Diesel", "Electric"]
ZONES = ["UTC", "Europe/Amsterdam", "America/New_York", "Asia/Kolkata",
         "Australia/Lord_Howe"]
PARTS = ["year", "quarter", "month", "week", "day-of-year", "day", "weekday",
         "hours", "minutes", "seconds"]
TOKENS = ["CurrentDateTime", "BeginOfCurrentMinute", "EndOfCurrentMinute",
          "BeginOfCurrentHour", "EndOfCurrentHour", "BeginOfCurrentDay",
          "EndOfCurrentDay", "BeginOfYesterday", "EndOfYesterday", "BeginOfTomorrow",
          "EndOfTomorrow", "BeginOfCurrentWeek", "EndOfCurrentWeek",
          "BeginOfCurrentMonth", "EndOfCurrentMonth", "BeginOfCurrentYear",
          "EndOfCurrentYear"]
LENGTHS = ["Second", "Minute", "Hour", "Day", "Week", "Month", "Year"]
OPERATORS = ["=", "!=", "<", "<=", ">", ">="]

ATTRIBUTES = {
    "Fleet.Depot": {"Town": "text", "Places": "integer"},
    "Fleet.Vehicle": {"Plate": "text", "Remark": "text", "Wheels": "integer",
                      "Meters": "long", "Price": "decimal", "Ready": "boolean",
                      "Checked": "date", "Fuel": "enumeration"},
    "Fleet.Trip": {"Goal": "text", "Distance": "integer", "Number": "long",
                   "Start": "date", "createdDate": "date"},
    "System.User": {"Name": "text"},
}
ATTRIBUTES["Fleet.Truck"] = dict(ATTRIBUTES["Fleet.Vehicle"], Load="decimal")
# From an entity: association, what may follow `[reversed()]`, the other end.
V = "Fleet.Vehicle"
STEPS = {
    "Fleet.Vehicle": [("Fleet.Vehicle_Depot", "Fleet.Depot"),
                      ("Fleet.Vehicle_Spare", V),
                      ("Fleet.Vehicle_Spare[reversed()]", V),
                      ("Fleet.Trip_Vehicle", "Fleet.Trip"),
                      ("Fleet.Depot_Best", "Fleet.Depot")],
    "Fleet.Depot": [("Fleet.Vehicle_Depot", V), ("Fleet.Trip_Depots", "Fleet.Trip"),
                    ("Fleet.Depot_Best", V)],
    "Fleet.Trip": [("Fleet.Trip_Vehicle", V), ("Fleet.Trip_Depots", "Fleet.Depot"),
                   ("System.owner", "System.User")],
    "System.User": [],
}
# Along those that the entity owns a sorting may go.
OWNED = {"Fleet.Depot": ["Fleet.Depot_Best"], "System.User": [],
         "Fleet.Vehicle": ["Fleet.Vehicle_Depot", "Fleet.Vehicle_Spare",
                           "Fleet.Depot_Best"],
         "Fleet.Trip": ["Fleet.Trip_Vehicle", "Fleet.Trip_Depots", "System.owner"]}
OWNED["Fleet.Truck"] = OWNED[V]
STEPS["Fleet.Truck"] = STEPS[V]
PREFIX = {"Fleet.Depot": "D", "Fleet.Vehicle": "V", "Fleet.Truck": "K",
          "Fleet.Trip": "T", "System.User": "U"}


class Generator:
    def __init__(self, seed, objects):
        self.r = random.Random(seed)
        self.count = objects
        self.names = {entity: [f"{letter}{i}" for i in range(
            3 if entity == "System.User" else objects)]
            for entity, letter in PREFIX.items()}

    # ---- data ----

    def maybe(self, line, name, value, likely=0.8):
        if self.r.random() < likely:
            line[name] = value

    def value(self, kind):
        pick = self.r.choice
        return {"text": lambda: pick(TEXTS), "integer": lambda: pick(INTEGERS),
                "long": lambda: pick(LONGS), "decimal": lambda: pick(DECIMALS),
                "boolean": lambda: pick([True, False]), "date": lambda: pick(DATES),
                "enumeration": lambda: pick(FUELS)}[kind]()

    def data(self):
        yield {"entity": "System.UserRole", "id": "R", "Name": "Driver",
               "ModelGUID": "5d1c7a30-51a5-4c7f-8a56-1f0e3c9b0a02"}
        for i, name in enumerate(self.names["System.User"]):
            yield {"entity": "System.User", "id": name, "Name": ["ada", "bo", "Özil"][i],
                   "System.UserRoles": ["R"]}
        vehicles = self.names[V] + self.names["Fleet.Truck"]
        best = self.r.sample(vehicles, self.count // 2)
        for entity in ("Fleet.Depot", V, "Fleet.Truck", "Fleet.Trip"):
            for name in self.names[entity]:
                line = {"entity": entity, "id": name}
                for attribute, kind in ATTRIBUTES[entity].items():
                    if attribute == "Number":
                        line[attribute] = len(line["id"]) and int(name[1:]) + 1
                    elif kind == "boolean" or attribute == "createdDate":
                        line[attribute] = self.value(kind)
                    else:
                        self.maybe(line, attribute, self.value(kind))
                if entity == "Fleet.Depot" and best:
                    self.maybe(line, "Fleet.Depot_Best", best.pop(), 0.5)
                if entity in (V, "Fleet.Truck"):
                    self.maybe(line, "Fleet.Vehicle_Depot",
                               self.r.choice(self.names["Fleet.Depot"]), 0.7)
                    self.maybe(line, "Fleet.Vehicle_Spare", self.r.choice(vehicles), 0.6)
                if entity == "Fleet.Trip":
                    self.maybe(line, "Fleet.Trip_Vehicle", self.r.choice(vehicles), 0.8)
                    self.maybe(line, "System.owner",
                               self.r.choice(self.names["System.User"]), 0.8)
                    some = self.r.randint(0, 4)
                    line["Fleet.Trip_Depots"] = self.r.sample(
                        self.names["Fleet.Depot"], min(some, self.count))
                yield line

    # ---- constraints ----

    def variable(self, declared):
        name = f"v{len(self.bound)}"
        self.bound.append(f"${name}={declared}")
        return f"${name}"

    def quote(self, text):
        mark = '"' if self.r.random() < 0.1 else "'"
        return mark + text.replace(mark, mark * 2) + mark

    def path(self, entity, most=3):
        """Steps to another entity: (text that ends in "/", entity)."""
        text = ""
        for _ in range(self.r.choice([0, 0, 0, 1, 1, 2, most])):
            if not STEPS[entity]:
                break
            step, other = self.r.choice(STEPS[entity])
            if other == V and self.r.random() < 0.3:
                other = "Fleet.Truck"
            text += f"{step}/{other}"
            entity = other
            if self.depth < 2 and self.r.random() < 0.2:
                text += self.group(entity)
            text += "/"
        return text, entity

    def attribute(self, entity, kinds):
        """A path to an attribute of one of the kinds; None: there is none."""
        for _ in range(8):
            text, other = self.path(entity)
            names = [n for n, k in ATTRIBUTES[other].items() if k in kinds]
            if names:
                return text + self.r.choice(names)
        return None

    def text(self):
        text = self.r.choice(TEXTS)
        if "[%" in text or "\t" in text:
            text = "ab"
        if self.r.random() < 0.3:
            return self.variable("String:" + text.replace("\\", "\\\\"))
        return self.quote(text)

    def number(self, entity, depth=0):
        chance = self.r.random()
        if chance < 0.25 and depth < 3 and self.arithmetic:
            operator = self.r.choice(["+", "-", "*", "div"])
            left, right = self.number(entity, depth + 1), self.number(entity, depth + 1)
            return f"({left} {operator} {right})"
        if chance < 0.5:
            return self.attribute(entity, ("integer", "long", "decimal")) or "1"
        if chance < 0.6:
            text = self.attribute(entity, ("text",))
            if text:
                return f"{self.r.choice(['length', 'string-length'])}({text})"
        if chance < 0.7:
            date = self.attribute(entity, ("date",))
            if date:
                zone = ""
                if self.r.random() < 0.5:
                    zone = f", '{self.r.choice(ZONES)}'"
                return f"{self.r.choice(PARTS)}-from-dateTime({date}{zone})"
        if chance < 0.8:
            kind = self.r.choice(["Integer", "Long", "Decimal"])
            values = {"Integer": INTEGERS, "Long": LONGS, "Decimal": DECIMALS}[kind]
            empty = self.r.random() < 0.15
            return self.variable(f"{kind}:{'<empty>' if empty else self.r.choice(values)}")
        value = self.r.choice([str(v) for v in LONGS] + DECIMALS)
        return value

    def date(self, entity):
        chance = self.r.random()
        if chance < 0.3:
            return self.attribute(entity, ("date",)) or f"'{self.r.choice(DATES)}'"
        if chance < 0.5:
            return f"'{self.r.choice(DATES)}'"
        if chance < 0.6:
            empty = self.r.random() < 0.15
            return self.variable(f"DateTime:{'<empty>' if empty else self.r.choice(DATES)}")
        token = self.r.choice(TOKENS)
        if token != "CurrentDateTime" and self.r.random() < 0.3:
            token += "UTC"
        text = f"[%{token}%]"
        for _ in range(self.r.choice([0, 0, 1, 2])):
            length = f"[%{self.r.choice(LENGTHS)}Length%]"
            times = self.r.choice([1, 2, 13, 400])
            term = self.r.choice([length, f"{times} * {length}", f"{length} * {times}"])
            text += f" {self.r.choice('+-')} {term}"
        return f"'{text}'"

    def object_of(self, entity):
        if self.r.random() < 0.1:
            return self.variable(f"Object:{entity}:<empty>")
        if entity == "System.User" and self.r.random() < 0.5:
            return "'[%CurrentUser%]'"
        return self.variable(f"Object:{entity}:{self.r.choice(self.names[entity])}")

    def comparison(self, entity):
        kind = self.r.choice(["text", "text", "number", "number", "date", "enumeration",
                              "boolean", "empty", "search", "object", "id", "exists",
                              "same", "literal"])
        operator = self.r.choice(OPERATORS)
        equal = self.r.choice(["=", "!="])
        if kind == "text":
            left = self.attribute(entity, ("text",))
            right = self.text()
            return self.swap(left, operator, right)
        if kind == "same": # an attribute with another
            kinds = self.r.choice([("text",), ("integer", "long", "decimal"), ("date",)])
            left, right = self.attribute(entity, kinds), self.attribute(entity, kinds)
            return f"{left} {operator} {right}" if left and right else "true()"
        if kind == "number":
            left = self.attribute(entity, ("integer", "long", "decimal"))
            return self.swap(left, operator, self.number(entity))
        if kind == "literal": # of another type
            left = self.attribute(entity, ("integer", "decimal"))
            return self.swap(left, operator, f"'{self.r.choice(DECIMALS)}'")
        if kind == "date":
            left = self.attribute(entity, ("date",))
            return self.swap(left, operator, self.date(entity))
        if kind == "enumeration":
            left = self.attribute(entity, ("enumeration",))
            value = self.r.choice(FUELS + ["<empty>"])
            right = self.variable(f"Enumeration:Fleet.Fuel:{value}") \
                if value == "<empty>" or self.r.random() < 0.3 else f"'{value}'"
            return self.swap(left, equal, right)
        if kind == "boolean":
            left = self.attribute(entity, ("boolean",))
            if self.r.random() < 0.4:
                return left or "false()"
            right = self.r.choice(["true()", "false()", "true", "false", "'true'", "'false'"])
            return self.swap(left, equal, right)
        if kind == "empty":
            left = self.attribute(entity, ("text", "integer", "long", "decimal", "date",
                                           "enumeration"))
            return self.swap(left, equal, self.r.choice(["empty", "NULL"]))
        if kind == "search":
            left = self.attribute(entity, ("text",))
            name = self.r.choice(["contains", "starts-with", "ends-with"])
            empty = self.r.random() < 0.05
            right = self.variable("String:<empty>") if empty else self.text()
            return f"{name}({left}, {right})" if left else "true()"
        text, other = self.path(entity)
        if kind == "id" or not STEPS[other]:
            return self.swap(text + "id", equal, self.object_of(other))
        step, target = self.r.choice(STEPS[other])
        if kind == "object":
            return self.swap(text + step, equal, self.object_of(target))
        if self.r.random() < 0.5:
            return text + step
        return f"{text}{step}/{target}"

    def swap(self, left, operator, right):
        if not left:
            return "true()"
        return f"{left} {operator} {right}" if self.r.random() < 0.85 \
            else f"{right} {operator} {left}"

    def condition(self, entity):
        self.depth += 1
        chance = self.r.random()
        if self.depth > 4 or chance < 0.5:
            text = self.comparison(entity)
        elif chance < 0.65:
            text = f"not({self.condition(entity)})"
        else:
            word = self.r.choice(["and", "or"])
            text = f" {word} ".join(self.condition(entity)
                                    for _ in range(self.r.choice([2, 2, 3])))
            if self.r.random() < 0.5:
                text = f"({text})"
        self.depth -= 1
        return text

    def group(self, entity):
        return f"[{self.condition(entity)}]"

    def sorting(self, entity):
        keys = []
        for _ in range(self.r.choice([0, 0, 1, 1, 2, 3])):
            text, other = "", entity
            for _ in range(self.r.choice([0, 0, 0, 1, 2])):
                some = [s for s in STEPS[other] if s[0] in OWNED[other]]
                if some:
                    step, other = self.r.choice(some)
                    text += f"{step}/{other}/"
            name = self.r.choice(list(ATTRIBUTES[other]))
            keys.append(f"{text}{name} {self.r.choice(['asc', 'desc'])}")
        text = ",".join(keys)
        chance = self.r.random()
        if chance < 0.1:
            text += " | first"
        elif chance < 0.25:
            text += f" | offset={self.r.randint(0, 8)} amount={self.r.randint(0, 8)}"
        return text

    def spoil(self, text):
        """Something else at a random place."""
        at = self.r.randrange(len(text) + 1)
        return text[:at] + self.r.choice(["", "]", "'", "x", "/", " = ", "Plate", "(",
                                          "empty", "$w"]) + text[at + 1:]

    def cell(self):
        self.bound, self.depth = [], 0
        self.arithmetic = self.r.random() < 0.4
        entity = self.r.choice(["Fleet.Depot", V, V, "Fleet.Truck", "Fleet.Trip",
                                "Fleet.Trip"])
        text = "".join(self.group(entity) for _ in range(self.r.choice([1, 1, 1, 2, 3])))
        if self.r.random() < 0.05:
            text = self.spoil(text)
        return "\t".join([entity, text, self.sorting(entity), ";".join(self.bound)])


def main():
    seed, objects, constraints = (int(word) for word in sys.argv[1:4])
    generator = Generator(seed, objects)
    with open(sys.argv[4], "w", encoding="utf-8") as out:
        for line in generator.data():
            out.write(json.dumps(line, ensure_ascii=False) + "\n")
    with open(sys.argv[5], "w", encoding="utf-8") as out:
        for _ in range(constraints):
            out.write(generator.cell() + "\n")


main()
