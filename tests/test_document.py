"""A study documented for others: the codebook keeps to DDI's schema, the package says what its files hold."""

from __future__ import annotations

import csv
import json
import os
import re
from collections import Counter
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

import pandas as pd
import pytest
from helpers import small_project, small_site
from stemcareers import config, contracts, document, export
from stemcareers.site import published

ROOT = Path(__file__).resolve().parents[1]
TOWN = ROOT / "tests" / "broken" / "valid"
STUDIES = sorted(path.name for path in (ROOT / "config" / "studies").iterdir() if path.is_dir())
DDI = "{ddi:codebook:2_5}"
ANY = "*"  # text, with no order among what may stand in it

# What the schema of DDI-Codebook 2.5 says of the elements used here: children in their order, `?` at most one, `1`
# exactly one, `+` one or more; the others may stand any number of times. Typed in from the schema (2012-01-17).
ORDER = {
    "codeBook": "docDscr stdyDscr+ fileDscr dataDscr otherMat",
    "stdyDscr": "citation+ studyAuthorization stdyInfo studyDevelopment method dataAccs othrStdyMat notes",
    "citation": "titlStmt1 rspStmt? prodStmt? distStmt? serStmt verStmt biblCit? holdings notes",
    "titlStmt": "titl1 subTitl altTitl parTitl IDNo",
    "stdyInfo": "studyBudget subject abstract sumDscr qualityStatement? notes exPostEvaluation",
    "sumDscr": "timePrd collDate nation geogCover geogUnit geoBndBox? boundPoly? anlyUnit universe dataKind",
    "method": "dataColl notes anlyInfo? stdyClas? dataProcessing codingInstructions",
    "dataColl": (
        "timeMeth dataCollector collectorTraining frequenc sampProc sampleFrame targetSampleSize deviat collMode "
        "resInstru instrumentDevelopment sources? collSitu actMin ConOps weight cleanOps"
    ),
    "dataAccs": "setAvail useStmt notes",
    "useStmt": "confDec? specPerm? restrctn? contact citReq? deposReq? conditions? disclaimer?",
    "dataDscr": "varGrp nCubeGrp var nCube notes",
    "varGrp": "labl txt concept defntn? universe? notes",
    "var": (
        "location labl imputation? security? embargo? respUnit? anlysUnit? qstn valrng invalrng undocCod universe "
        "TotlResp? sumStat txt stdCatgry catgryGrp catgry codInstr verStmt concept derivation? varFormat? geoMap "
        "catLevel notes"
    ),
    "valrng": "range+ key? notes",  # or `item`, of which we write none
    "catgry": "catValu? labl txt catStat mrow?",
    "derivation": "drvdesc? drvcmd?",
    "qstn": ANY,
}
ATTRIBUTES = {
    "codeBook": {"version": "2[.]5", "ID": ANY},
    "holdings": {"URI": ANY},
    "abstract": {"contentType": "abstract|purpose|mixed"},
    "collDate": {"ID": ANY, "event": "start|end|single", "date": r"\d{4}-\d\d-\d\d", "cycle": ANY},
    "varGrp": {"type": "analysis", "name": ANY, "var": "IDREFS"},
    "var": {
        "ID": ANY,
        "name": ANY,
        "intrvl": "contin|discrete",
        "nature": "nominal|ordinal|interval|ratio|percent|other",
        "measUnit": ANY,
        "representationType": "text|numeric|code|datetime|other",
        "sdatrefs": "IDREFS",
    },
    "range": {"UNITS": "INT|REAL", "min": ANY, "max": ANY},
    "sumStat": {"type": "mean|medn|mode|vald|invd|min|max|stdev|other", "wgtd": "wgtd|not-wgtd"},
    "catgry": {"missing": "Y|N", "missType": ANY},
    "catStat": {"type": "freq|percent|crosstab|other", "wgtd": "wgtd|not-wgtd", "sdatrefs": "IDREFS"},
    "derivation": {"var": "IDREFS"},
    "varFormat": {"type": "character|numeric", "category": "date|time|currency|other"},
}
REQUIRED = {"codeBook": {"version"}, "var": {"name"}, "sumStat": {"type"}}
NAME = re.compile(r"[A-Za-z_][\w.-]*")


def faults(xml: bytes) -> list[str]:
    """Where a codebook leaves the schema."""
    root = ElementTree.fromstring(xml)
    wrong = [] if root.tag == f"{DDI}codeBook" else [f"the root is {root.tag}"]
    ids = [e.attrib["ID"] for e in root.iter() if "ID" in e.attrib]
    wrong += [f"ID {i} stands {n} times" for i, n in Counter(ids).items() if n > 1]
    wrong += [f"ID {i} is no name" for i in ids if not NAME.fullmatch(i)]
    for element in root.iter():
        tag = element.tag.removeprefix(DDI)
        wrong += _children(tag, [child.tag.removeprefix(DDI) for child in element])
        known = ATTRIBUTES.get(tag, {})
        wrong += [f"{tag} lacks {name}" for name in REQUIRED.get(tag, set()) - set(element.attrib)]
        for name, value in element.attrib.items():
            if name not in known:
                wrong.append(f"{tag} has no attribute {name}")
            elif known[name] == "IDREFS":
                wrong += [f"{tag} {name}: {r or 'nothing'} is nowhere" for r in value.split() or [""] if r not in ids]
            elif known[name] != ANY and not re.fullmatch(known[name], value):
                wrong.append(f"{tag} {name} is {value}")
        if tag in ORDER and ORDER[tag] != ANY and (element.text or "").strip():
            wrong.append(f"{tag} holds text")
    return wrong


def _children(tag: str, found: list[str]) -> list[str]:
    order = ORDER.get(tag, "")
    if order == ANY:
        return []
    names = [word.rstrip("?1+") for word in order.split()]
    wrong = [f"{tag} holds {name}" for name in found if name not in names]
    places = [names.index(name) for name in found if name in names]
    wrong += [f"{tag}: {found} are not in order"] if places != sorted(places) else []
    for word in order.split():
        n = found.count(word.rstrip("?1+"))
        if (word.endswith("?") and n > 1) or (word.endswith("1") and n != 1) or (word.endswith("+") and not n):
            wrong.append(f"{tag} holds {word.rstrip('?1+')} {n} times")
    return wrong


def counts(wave: str, *given: tuple[str, str, float | None]) -> pd.DataFrame:
    known = {"sample": f"wave={wave}", "quantity": "count", "unit": "responses"}
    found = [
        {
            **known,
            "outcome": i,
            "term": i,
            "level": level,
            "estimate": n or float("nan"),
            "withheld": "" if n else "few",
        }
        for i, level, n in given
    ]
    return small_project.rows("answers", *found)


@pytest.fixture(scope="module")
def town() -> config.StudyConfig:
    return config.everything("town", TOWN)


def variable(xml: bytes, name: str) -> ElementTree.Element:
    return next(v for v in ElementTree.fromstring(xml).iter(f"{DDI}var") if v.attrib["name"] == name)


def test_a_codebook_keeps_to_the_schema(town: config.StudyConfig) -> None:
    told = counts(
        "2024", ("plan", "1", 30), ("plan", "2", None), ("visits", "answered", 40), ("plan", "missing:skipped", 9)
    )
    xml = document.codebook(town, told)
    assert faults(xml) == []
    assert xml == document.codebook(town, told)


@cache
def shipped_and_documented(study: str) -> tuple[config.StudyConfig, bytes, bytes]:
    """A study of ours, its codebook without counts, and as if every answer was given and some could not be shown."""
    shipped = config.everything(study, ROOT)
    given = []
    for item in shipped.items:
        answers = shipped.answer_set(item)
        levels = [str(code) for code in answers.codes] if answers.is_categorical else ["answered"]
        given += [(item, level, None if level == "2" else 30) for level in [*levels, "missing:skipped"]]
    told = pd.concat([counts(wave, *given) for wave in shipped.waves])
    return shipped, document.codebook(shipped, contracts.ESTIMATES.empty()), document.codebook(shipped, told)


@pytest.mark.parametrize("study", STUDIES)
def test_the_codebooks_of_our_studies_keep_to_the_schema(study: str) -> None:
    shipped, *codebooks = shipped_and_documented(study)
    assert [faults(xml) for xml in codebooks] == [[], []]
    assert len(document.variables(shipped)) == len(shipped.items) + len(shipped.scales)


@pytest.mark.skipif(
    "STEMCAREERS_DDI_SCHEMA" not in os.environ,
    reason="set STEMCAREERS_DDI_SCHEMA to codebook.xsd of DDI-Codebook 2.5, with the files of its archive beside it "
    "(ddialliance.org, Specification, DDI-Codebook 2.5); its licence keeps it out of here",
)
@pytest.mark.parametrize("study", STUDIES)
def test_the_codebooks_of_our_studies_are_valid_by_the_official_schema(study: str) -> None:
    from lxml import etree

    schema = etree.XMLSchema(etree.parse(os.environ["STEMCAREERS_DDI_SCHEMA"]))
    _, *documents = shipped_and_documented(study)
    built = ROOT / "results" / study / "codebook.xml"
    for xml in [*documents, *([built.read_bytes()] if built.is_file() else [])]:
        schema.validate(etree.fromstring(xml))
        assert [str(error) for error in schema.error_log] == []
    broken = documents[0].replace(b"<dataDscr>", b"<dataDscr><labl>x</labl>", 1)
    assert not schema.validate(etree.fromstring(broken)), "a schema that accepts anything proves nothing"


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (b"<txt>Wording", b"<concept>x</concept><txt>Wording", "var: "),
        (b'intrvl="discrete"', b'intrvl="often"', "var intrvl is often"),
        (b'name="plan" ', b"", "var lacks name"),
        (b'ID="V_plan"', b'ID="V_visits"', "ID V_visits stands 2 times"),
        (b'sdatrefs="W_2024 W_2025"', b'sdatrefs="W_2042"', "var sdatrefs: W_2042 is nowhere"),
        (b"<titl>", b"<titl>x</titl><titl>", "titlStmt holds titl 2 times"),
        (b"<catValu>1</catValu>", b"<value>1</value>", "catgry holds value"),
        (b"<range ", b"<key /><range ", "valrng: "),
        (b'version="2.5"', b'version="2.6"', "codeBook version is 2.6"),
        (b"ddi:codebook:2_5", b"ddi:codebook:2_6", "the root is "),
    ],
)
def test_a_codebook_that_leaves_the_schema_is_seen(town: config.StudyConfig, old: bytes, new: bytes, told: str) -> None:
    xml = document.codebook(town, contracts.ESTIMATES.empty())
    assert old in xml
    assert any(fault.startswith(told) for fault in faults(xml.replace(old, new, 1)))


def test_counts_are_those_published_and_withheld_ones_are_withheld(town: config.StudyConfig) -> None:
    told = counts(
        "2024",
        ("plan", "1", 30),
        ("plan", "2", None),
        ("plan", "missing:skipped", 12),
        ("lead_time", "missing:dont_know", 11),
        ("visits", "answered", 40),
    )
    flow = small_project.rows(
        "flow", {"sample": "wave=2024", "outcome": "responses", "quantity": "count", "term": "kept", "level": "1"}
    )
    xml = document.codebook(town, pd.concat([told, flow]))
    categories = [
        [(child.tag.removeprefix(DDI), child.text, child.attrib.get("sdatrefs")) for child in category]
        for category in variable(xml, "plan").iter(f"{DDI}catgry")
    ]
    assert categories == [
        [("catValu", "1", None), ("labl", "Yes", None), ("catStat", "30", "W_2024")],
        [("catValu", "2", None), ("labl", "No", None), ("txt", "2024: withheld (few)", None)],
        [("labl", "no answer", None), ("catStat", "12", "W_2024")],
    ]
    time = [[child.text for child in c] for c in variable(xml, "lead_time").iter(f"{DDI}catgry") if c.attrib]
    assert time == [["9", "don't know", "11"]]
    assert variable(xml, "visits").find(f"{DDI}sumStat").text == "40"
    assert len(list(ElementTree.fromstring(xml).iter(f"{DDI}catStat"))) == 3
    few = document.codebook(town, counts("2024", ("visits", "answered", None)))
    assert variable(few, "visits").find(f"{DDI}sumStat") is None, "a withheld count is no statistic"


def test_how_many_answered_is_told_wave_by_wave_and_never_as_a_number_where_withheld(town: config.StudyConfig) -> None:
    alone = document.codebook(town, counts("2024", ("visits", "answered", None)))
    assert variable(alone, "visits").find(f"{DDI}sumStat") is None
    both = [counts("2024", ("visits", "answered", 40)), counts("2025", ("visits", "answered", None))]
    visits = variable(document.codebook(town, pd.concat(both)), "visits")
    assert visits.find(f"{DDI}sumStat") is None  # it could not say of which wave it is
    told = [txt.text for txt in visits.iter(f"{DDI}txt")]
    assert told[:2] == ["2024: answered, 40", "2025: answered, withheld (few)"]


def test_routing_is_told_in_words(town: config.StudyConfig) -> None:
    visits = variable(document.codebook(town, contracts.ESTIMATES.empty()), "visits")
    told = ["2024: asked where Plan is Yes; 2025: asked where Plan is Yes"]
    assert [u.text for u in visits.iter(f"{DDI}universe")] == told
    table = document.variables(town).set_index("variable")
    assert table.loc["visits", "asked_of"] == "2024: Plan is Yes; 2025: Plan is Yes"
    assert table.loc["visits", "asked_in"] == "2024: Q4; 2025: Q4"
    assert table.loc["lead_time", "asked_in"] == "2024: Q2; 2025: Q2 (printed in reverse order)"


def test_of_texts_and_days_it_says_that_nothing_is_published(town: config.StudyConfig) -> None:
    table = document.variables(town).set_index("variable")
    assert table.index[~table["published"]].tolist() == ["wishes"]
    assert "nothing is published" in variable(document.codebook(town, contracts.ESTIMATES.empty()), "wishes")[-1].text


def test_scales_say_how_they_are_made(town: config.StudyConfig) -> None:
    table = document.variables(town).set_index("variable")
    assert table.loc["leadership", "made_of"] == "the mean of its items: lead_vision, lead_time (mirrored)"
    assert table.loc["has_plan", "made_of"] == (
        "1 where its item has one of the answers that count, else 0 (Yes): plan"
    )


def test_codes_hold_answers_and_what_is_none(town: config.StudyConfig) -> None:
    table = document.codes(town)
    plan = table[table["variable"].eq("lead_time")]
    assert plan[["code", "label", "missing"]].to_numpy().tolist()[-2:] == [
        [5, "Agree strongly", ""],
        [9, "don't know", "dont_know"],
    ]


# --- the data package ---------------------------------------------------------------------------------------

CASTS = {"string": str, "integer": int, "number": float, "boolean": lambda cell: {"true": 1, "false": 0}[cell.lower()]}


def package_faults(folder: Path) -> list[str]:
    """Where a data package is not what its specification and its own words say."""
    package = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    wrong = [f"the package lacks {key}" for key in ("profile", "name", "resources") if not package.get(key)]
    if not re.fullmatch(r"[a-z0-9._/-]+", package["name"]):
        wrong.append("the name is no name")
    names = [resource["name"] for resource in package["resources"]]
    wrong += [f"{name} stands twice" for name, n in Counter(names).items() if n > 1]
    for resource in package["resources"]:
        path = folder / resource["path"]
        if ".." in resource["path"] or resource["path"].startswith("/") or not path.is_file():
            wrong.append(f"{resource['path']} is no file of the package")
            continue
        wrong += [f"{resource['name']}: {one}" for one in _table_faults(path, resource["schema"])]
    return wrong


def _table_faults(path: Path, schema: dict) -> list[str]:
    with path.open(encoding="utf-8", newline="") as file:
        header, *table = list(csv.reader(file))
    fields = schema["fields"]
    if header != [field["name"] for field in fields]:
        return [f"the columns are {header}"]
    wrong = []
    for place, field in enumerate(fields):
        limits = field.get("constraints", {})
        for row in table:
            cell = row[place]
            if cell in schema["missingValues"]:
                if limits.get("required"):
                    wrong.append(f"{field['name']} is empty")
                continue
            value = CASTS[field["type"]](cell)
            if "enum" in limits and cell not in limits["enum"]:
                wrong.append(f"{field['name']} is {cell}")
            if not limits.get("minimum", -float("inf")) <= (value if field["type"] != "string" else 0):
                wrong.append(f"{field['name']} is under its minimum")
    for key in [schema.get("primaryKey", [])]:
        values = [tuple(row[header.index(name)] for name in key) for row in table]
        if key and (len(set(values)) != len(values) or any("" in value for value in values)):
            wrong.append("the key repeats or has gaps")
    return wrong


@pytest.fixture(scope="module")
def packaged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The results of the small project with everything the package names."""
    project = small_project.build(tmp_path_factory.mktemp("project"))
    folder = project / "results" / small_project.STUDY
    small_site._documented(config.everything(small_project.STUDY, project), folder)
    for name in ("estimates", "fits"):
        contract = getattr(contracts, name.upper())
        contract.write(contracts.joined(contract, sorted((folder / name).glob("*.csv"))), folder / f"{name}.csv")
    contracts.ESTIMATES.write(contracts.ESTIMATES.empty(), folder / "panel.csv")
    contracts.COMPARED.write(contracts.COMPARED.empty(), folder / "published.csv")
    return folder


def test_the_package_is_what_it_says(packaged: Path) -> None:
    assert package_faults(packaged) == []


def test_a_package_that_is_not_what_it_says_is_seen(packaged: Path, tmp_path: Path) -> None:
    import shutil

    folder = tmp_path / "copy"
    shutil.copytree(packaged, folder)
    (folder / "fits.csv").unlink()
    codes = (folder / "codes.csv").read_text(encoding="utf-8").splitlines()
    (folder / "codes.csv").write_text("\n".join([*codes, codes[-1]]) + "\n", encoding="utf-8")
    text = (folder / "variables.csv").read_text(encoding="utf-8")
    (folder / "variables.csv").write_text(text.replace(",item,", ",other,", 1), encoding="utf-8")
    assert package_faults(folder) == [
        "fits.csv is no file of the package",
        "variables: kind is other",
        "codes: the key repeats or has gaps",
    ]


def test_what_is_published_holds_the_documents(packaged: Path) -> None:
    found = published.files(packaged.parent, small_project.STUDY)
    for name in ("variables.csv", "codes.csv", "codebook.xml", "datapackage.json"):
        assert f"{small_project.STUDY}/{name}" in found
        assert found[f"{small_project.STUDY}/{name}"] == (packaged / name).read_bytes()


@pytest.mark.parametrize("payload", small_project.PAYLOADS[:8])
def test_hostile_words_stay_words(tmp_path: Path, payload: str) -> None:
    project = small_project.build(tmp_path, study_title=payload, wording=payload, answer=payload)
    study = config.everything(small_project.STUDY, project)
    xml = document.codebook(study, contracts.ESTIMATES.empty())
    assert faults(xml) == []
    assert ElementTree.fromstring(xml).find(f".//{DDI}titl").text == payload
    assert json.loads(document.datapackage(study))["title"] == payload
    assert b"\r" not in export.csv(document.variables(study))
