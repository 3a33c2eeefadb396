"""Small data files of every form, made up, each as a program or a person writes it."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pyreadstat

SHEET = """<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{}</sheetData></worksheet>"""
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"


def as_bytes(data: bytes) -> Callable[[Path], object]:
    """Return what writes a file of these bytes."""
    return lambda path: path.write_bytes(data)


def as_text(text: str, encoding: str = "utf-8") -> Callable[[Path], object]:
    """Return what writes a file of this text."""
    return as_bytes(text.encode(encoding))


def cell(place: str, value: Any) -> str:
    """Return a cell of a sheet; a text that begins with `<` is XML as it stands."""
    if value is None:
        return ""
    if isinstance(value, str) and value.startswith("<c"):
        return value
    if isinstance(value, str):
        return f'<c r="{place}" t="inlineStr"><is><t xml:space="preserve">{value}</t></is></c>'
    if isinstance(value, bool):
        return f'<c r="{place}" t="b"><v>{value:d}</v></c>'
    return f'<c r="{place}"><v>{value!r}</v></c>'


def workbook(sheets: dict[str, list[list[Any]]]) -> bytes:
    """Return an .xlsx file as a spreadsheet program packs one."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        kinds, named, related = "", "", ""
        for i, (name, rows) in enumerate(sheets.items(), start=1):
            lines = "".join(
                f'<row r="{r}">'
                + "".join(cell(f"{chr(65 + c)}{r}", value) for c, value in enumerate(row))
                + "</row>"
                for r, row in enumerate(rows, start=1)
            )
            file.writestr(f"xl/worksheets/sheet{i}.xml", SHEET.format(lines))
            part = "application/vnd.openxmlformats-officedocument.spreadsheetml"
            kinds += (
                f'<Override PartName="/xl/worksheets/sheet{i}.xml" '
                f'ContentType="{part}.worksheet+xml"/>'
            )
            named += f'<sheet name="{name}" sheetId="{i}" r:id="rId{i}"/>'
            related += (
                f'<Relationship Id="rId{i}" Type="{RELATIONS}/worksheet" '
                f'Target="worksheets/sheet{i}.xml"/>'
            )
        file.writestr(
            "[Content_Types].xml",
            f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels" '
            'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            '<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-'
            f'officedocument.spreadsheetml.sheet.main+xml"/>{kinds}</Types>',
        )
        file.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" '
            f'Type="{RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        )
        file.writestr(
            "xl/workbook.xml",
            '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
            f'xmlns:r="{RELATIONS}"><sheets>{named}</sheets></workbook>',
        )
        file.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{PACKAGE}/relationships">{related}</Relationships>',
        )
    return packed.getvalue()


def opendocument(rows: list[list[Any]]) -> bytes:
    """Return an .ods file."""

    def cell(value: Any) -> str:
        if isinstance(value, str):
            return (
                '<table:table-cell office:value-type="string"><text:p>'
                f"{value}</text:p></table:table-cell>"
            )
        return f'<table:table-cell office:value-type="float" office:value="{value}"/>'

    lines = "".join(f"<table:table-row>{''.join(map(cell, row))}</table:table-row>" for row in rows)
    office = "urn:oasis:names:tc:opendocument:xmlns"
    content = (
        f'<?xml version="1.0"?><office:document-content xmlns:office="{office}:office:1.0" '
        f'xmlns:table="{office}:table:1.0" xmlns:text="{office}:text:1.0"><office:body>'
        f'<office:spreadsheet><table:table table:name="people">{lines}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        file.writestr("mimetype", kind)
        file.writestr("content.xml", content)
        file.writestr(
            "META-INF/manifest.xml",
            f'<manifest:manifest xmlns:manifest="{office}:manifest:1.0"><manifest:file-entry '
            f'manifest:full-path="/" manifest:media-type="{kind}"/></manifest:manifest>',
        )
    return packed.getvalue()


def spss(path: Path) -> None:
    """Write a file of SPSS: a labelled scale with a declared refusal, and a nominal variable."""
    frame = pl.DataFrame(
        {
            "who": ["a", "b", "c", "d", "e"],
            "trust": [1.0, 3.0, 2.0, 9.0, None],
            "sex": [1.0, 2.0, 2.0, 1.0, 2.0],
            "gave": [0.5, 1250.0, 0.0, -99.0, 2.0],
        }
    )
    pyreadstat.write_sav(
        frame,
        path,
        column_labels={"trust": "How much do you trust people?"},
        variable_value_labels={
            "trust": {3.0: "a lot", 1.0: "not at all", 2.0: "somewhat", 9.0: "refused"},
            "sex": {1.0: "male", 2.0: "female"},
        },
        missing_ranges={"trust": [9.0], "gave": [{"lo": -99.0, "hi": -90.0}]},
        variable_measure={"trust": "ordinal", "sex": "nominal", "gave": "scale"},
        compress=path.suffix == ".zsav",
    )


def stata(path: Path) -> None:
    """Write a file of Stata: a labelled scale whose ends alone have labels, and a missing `.a`."""
    frame = pl.DataFrame(
        {"who": ["a", "b", "c"], "trust": [1.0, 4.0, 5.0], "gave": [0.5, 2.0, None]}
    )
    pyreadstat.write_dta(
        frame,
        path,
        column_labels={"trust": "How much do you trust people?"},
        variable_value_labels={"trust": {1: "never", 5: "always"}},
    )


def portable(path: Path) -> None:
    """Write a portable file of SPSS."""
    pyreadstat.write_por(pl.DataFrame({"who": ["a", "b"], "gave": [0.5, 2.0]}), path)


QUALTRICS = "\n".join(
    [
        "ResponseId,Q1,Q2_1",
        'Response ID,"How much do you give,\nin dollars?",Trust - In people',
        ",".join(
            '"' + json.dumps({"ImportId": each}).replace('"', '""') + '"'
            for each in ("_recordId", "QID1_TEXT", "QID2_1")
        ),
        "R_1,$0.50,Somewhat",
        'R_2,"$1,250",A lot',
        "R_3,,Not at all",
    ]
)
