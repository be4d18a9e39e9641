"""YAML of the project: lines that can be read, and a schema that editors find and that holds."""

import json
import re
from functools import cache
from os.path import relpath
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from ipseval.config.declared import TRIAL_FILES
from ipseval.config.read import read_yaml
from ipseval.kinds import EXHIBITS
from ipseval.provenance import ROOT

CONFIG, SCHEMAS = ROOT / "config", ROOT / "workflow" / "schemas"
FILES = sorted(CONFIG.rglob("*.yaml"))
LONGEST = 120


def schema_of(file: Path) -> Path | None:
    """The schema of a YAML file; that of a file of a folder asks for no key of the section."""
    parts = file.relative_to(CONFIG).with_suffix("").parts
    if parts[0] == "runs":
        name = "run"
    elif parts[0] == "trials":
        if parts[2] not in TRIAL_FILES:
            return None  # Settings of a twin are read by the maker of its extracts.
        name = parts[2] if len(parts) == 3 else f"{parts[2]}.part"
    else:
        name = parts[-1]
    return SCHEMAS / f"{name}.schema.json"


DECLARED = [file for file in FILES if schema_of(file)]


@cache
def validator(schema: Path) -> Draft202012Validator:
    contents = {path.name: json.loads(path.read_text("utf-8")) for path in SCHEMAS.glob("*.json")}
    resources = {name: Resource(content, DRAFT202012) for name, content in contents.items()}
    registry = Registry().with_resources(resources.items())
    return Draft202012Validator(contents[schema.name], registry=registry)


def mistakes(file: Path, content: dict) -> list[str]:
    return [error.message for error in validator(schema_of(file)).iter_errors(content)]


def name_of(file: Path) -> str:
    return str(file.relative_to(CONFIG))


@pytest.mark.parametrize("file", FILES, ids=name_of)
def test_no_line_is_too_long_to_read(file):
    lines = enumerate(file.read_text("utf-8").splitlines(), 1)
    assert [number for number, line in lines if len(line) > LONGEST] == []


@pytest.mark.parametrize("file", FILES, ids=name_of)
def test_the_first_line_names_the_schema(file):
    first = file.read_text("utf-8").splitlines()[0]
    schema = schema_of(file)
    if schema is None:
        assert "$schema" not in first
    else:
        assert first == f"# yaml-language-server: $schema={relpath(schema, file.parent)}"
        assert schema.exists()


@pytest.mark.parametrize("file", DECLARED, ids=name_of)
def test_a_file_fits_its_schema(file):
    assert mistakes(file, read_yaml(file)) == []


def misspelt(content: dict, *keys: str) -> dict:
    """A copy of a file's content in which the last of the keys lacks its last letter."""
    copy = json.loads(json.dumps(content))
    *outer, last = keys
    inside = copy
    for key in outer:
        inside = inside[key]
    inside[last[:-1]] = inside.pop(last)
    return copy


@pytest.mark.parametrize("file", DECLARED, ids=name_of)
def test_a_misspelt_key_does_not_fit(file):
    content = read_yaml(file)
    for key in content:
        assert mistakes(file, misspelt(content, key)), key


INNER = {
    "a key of a kind of table": ("exhibits/impact.yaml", "exhibits", "table-2.1", "family"),
    "a key that all exhibits have": ("exhibits/impact.yaml", "exhibits", "table-2.1", "title"),
    "a key of a kind of figure": ("exhibits/impact.yaml", "exhibits", "forest-health", "family"),
    "the kind itself": ("exhibits/impact.yaml", "exhibits", "table-2.1", "kind"),
    "a key of a chapter": ("exhibits/chapters.yaml", "chapters", "impact", "notebook"),
    "a key of a table of extracts": ("extracts/dwp.yaml", "tables", "benefit_spells", "key"),
    "a key of a model": ("models.yaml", "families", "primary", "models", "ols_hc1", "covariance"),
    "a key of the economics": ("economics.yaml", "editions", "green_book_2022", "label"),
}


@pytest.mark.parametrize("place", INNER.values(), ids=INNER)
def test_a_misspelt_key_further_in_does_not_fit(place):
    name, *keys = place
    file = CONFIG / "trials" / "hlt" / name
    assert mistakes(file, misspelt(read_yaml(file), *keys))


def test_a_kind_that_there_is_not_does_not_fit():
    file = CONFIG / "trials" / "hlt" / "exhibits" / "impact.yaml"
    content = read_yaml(file)
    content["exhibits"]["table-2.1"]["kind"] = "impact_tabel"
    assert mistakes(file, content)


def test_every_kind_of_exhibit_is_a_choice_and_is_on_the_page_of_the_configuration():
    schema = validator(SCHEMAS / "exhibits.schema.json").schema
    choices = schema["properties"]["exhibits"]["additionalProperties"]
    assert sorted(choices["discriminator"]["mapping"]) == EXHIBITS.names
    chosen = [choice["$ref"].rpartition("/")[2] for choice in choices["oneOf"]]
    kinds = [schema["$defs"][name]["properties"]["kind"]["const"] for name in chosen]
    assert sorted(kinds) == EXHIBITS.names
    page = (ROOT / "docs" / "reference" / "configuration.md").read_text("utf-8").splitlines()
    for kind in EXHIBITS.names:
        assert page.count(f"#### {kind}") == 1
        assert sum(line.startswith(f"| [`{kind}`](#{kind}) | ") for line in page) == 1


def test_links_of_the_page_lead_somewhere_and_no_heading_stands_twice_in_a_file():
    page = (ROOT / "docs" / "reference" / "configuration.md").read_text("utf-8")
    headings = re.findall(r"(?m)^#+ (.*)$", page)
    anchors = {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
    assert set(re.findall(r"\]\(#([^)]*)\)", page)) <= anchors
    for part in re.split(r"(?m)^## ", page)[1:]:
        inside = re.findall(r"(?m)^#+ (.*)$", part)
        assert len(set(inside)) == len(inside)
