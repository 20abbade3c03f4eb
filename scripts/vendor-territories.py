"""Derives the compact lists of territories from the yearly packages of Etalab.

    python3 scripts/vendor-territories.py NODE_MODULES TARGET

NODE_MODULES holds one folder `cogYEAR` for each yearly list. Called by `scripts/vendor`.
"""

import json
import pathlib
import sys

NOTICE = (
    "# {what} · source: {name} {version} (INSEE, Code officiel géographique; codes postaux: La Poste)"
    " · paquet: MIT; données: Licence Ouverte 2.0 · année: {year}"
)
# The collectivities that count as home territories beside the 101 départements.
HOME = {"975", "977", "978", "986", "987", "988"}


def read(folder, name):
    return json.loads((folder / "data" / f"{name}.json").read_text(encoding="utf-8"))


def write(path, notice, columns, rows):
    lines = [notice, "#" + "\t".join(columns)]
    lines += ["\t".join(row) for row in sorted(rows)]
    for row in rows:
        assert len(row) == len(columns) and not any("\t" in cell for cell in row), row
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"  {path.name}: {len(rows)} rows, {path.stat().st_size} bytes")


def is_old_departement(old, new):
    """Tells whether a code only names a département that is gone.

    Seine and Seine-et-Oise were shared out in 1968, Corsica in 1976: the commune kept its number
    inside a new département. That is no merger, and a list of our years does not know the code.
    Corsica is read by its own rule.
    """
    if old[:2] == "20":
        return True
    return old[:2] in ("75", "78") and new[:2] in ("91", "92", "93", "94", "95")


def state(code, lists, year):
    """What a code was in the list of a year: (kind, targets, name) or None."""
    communes, parts, former = lists[year]
    if code in communes:
        return ("commune", "", communes[code]["nom"])
    if code in parts:
        part = parts[code]
        kind = {
            "arrondissement-municipal": "arrondissement",
            "commune-associee": "associated",
            "commune-deleguee": "delegated",
        }[part["type"]]
        return (kind, part.get("chefLieu") or part["commune"], part["nom"])
    targets = sorted(former.get(code, ()))
    if not targets:
        return None
    # Same commune, new number: INSEE changes the code, the SIREN stays.
    before = [lists[y][0][code] for y in sorted(lists) if y < year and code in lists[y][0]]
    siren = before[-1].get("siren") if before else None
    if siren and len(targets) == 1 and siren == communes[targets[0]].get("siren"):
        return ("renumbered", targets[0], before[-1]["nom"])
    return ("merged", " ".join(targets), before[-1]["nom"] if before else "")


def movements(lists):
    """Every code that is not a commune under the same number in all the lists, as spans of years."""
    years = sorted(lists)
    codes = set()
    for communes, parts, former in lists.values():
        codes |= set(communes) | set(parts) | set(former)
    rows = []
    for code in sorted(codes):
        states = [state(code, lists, year) for year in years]
        if all(s and s[0] == "commune" for s in states):
            continue
        start = 0
        for i in range(1, len(years) + 1):
            # A name alone that changes opens no new span: the last one is kept.
            if i < len(years) and (states[i] or ())[:2] == (states[start] or ())[:2]:
                continue
            if states[start]:
                kind, target, name = states[start][0], states[start][1], states[i - 1][2]
                rows.append((code, str(years[start]), str(years[i - 1]), kind, target, name))
            start = i
    return rows


def main():
    modules, target = map(pathlib.Path, sys.argv[1:3])
    folders = {int(f.name[3:]): f for f in sorted(modules.glob("cog*"))}
    lists = {}
    for year, folder in folders.items():
        communes, parts, former = {}, {}, {}
        for item in read(folder, "communes"):
            if item["type"] == "commune-actuelle":
                communes[item["code"]] = item
                for old in item.get("anciensCodes", ()):
                    if not is_old_departement(old, item["code"]):
                        former.setdefault(old, set()).add(item["code"])
            else:
                parts[item["code"]] = item
        lists[year] = (communes, parts, former)

    last = max(folders)
    package = json.loads((folders[last] / "package.json").read_text(encoding="utf-8"))

    def notice(what, year):
        return NOTICE.format(what=what, name=package["name"], version=package["version"], year=year)

    rows = []
    for code, item in lists[last][0].items():
        rows.append((code, item["nom"], item["departement"], " ".join(sorted(item.get("codesPostaux", ())))))
    write(
        target / f"communes-{last}.tsv",
        notice("Communes", last),
        ("code", "name", "departement", "postal"),
        rows,
    )
    write(
        target / f"movements-{min(folders)}-{last}.tsv",
        notice("Codes qui ne sont pas une commune dans toutes les listes", f"{min(folders)}-{last}"),
        ("code", "first", "last", "kind", "target", "name"),
        movements(lists),
    )

    departements = [
        (d["code"], d["nom"], d["region"])
        for d in read(folders[last], "departements")
        if d["zone"] != "com" or d["code"] in HOME
    ]
    write(
        target / f"departements-{last}.tsv",
        notice("Départements et collectivités", last),
        ("code", "name", "region"),
        departements,
    )
    regions = [(r["code"], r["nom"]) for r in read(folders[last], "regions") if r["zone"] != "com"]
    write(target / f"regions-{last}.tsv", notice("Régions", last), ("code", "name"), regions)

    groups = {}
    for year, folder in folders.items():
        for name in ("epci", "ept"):
            if not (folder / "data" / f"{name}.json").exists():
                continue
            for group in read(folder, name):
                seen = groups.setdefault(group["code"], {"years": []})
                seen["years"].append(year)
                seen.update(kind=group["type"], name=group["nom"])
                # Members only of the current list: an old page shows the old group by its name.
                members = sorted({m["code"] for m in group["membres"]}) if year == last else []
                seen["members"] = members
    rows = []
    for code, group in groups.items():
        years = group["years"]
        assert years == list(range(years[0], years[-1] + 1)), (code, years)
        rows.append((code, str(years[0]), str(years[-1]), group["kind"], group["name"], " ".join(group["members"])))
    write(
        target / f"epci-{min(folders)}-{last}.tsv",
        notice("EPCI à fiscalité propre et EPT; membres de la dernière année", f"{min(folders)}-{last}"),
        ("code", "first", "last", "kind", "name", "members"),
        rows,
    )


if __name__ == "__main__":
    main()
