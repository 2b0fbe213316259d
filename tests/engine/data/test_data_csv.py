"""Own tables: what is understood, and what is refused with which sentence."""

from pathlib import Path

import numpy as np
import pytest

from engine.data import DataError, Dataset, DataSettings, parse_spec, prepare
from engine.data.sources.csv_file import CsvFile

TABULAR = Path(__file__).parents[4] / "shared" / "data" / "tabular"


@pytest.fixture
def load(tmp_path):
    def load(text: str | bytes, **fields) -> Dataset:
        path = tmp_path / "t.csv"
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return CsvFile(path=str(path), **fields).load()

    return load


def rows(*lines: str, fill: str = "1.5,2.5,{i}.5", count: int = 20) -> str:
    """A table a,b,y that starts with some lines (line 2 onwards) and goes on with good ones."""
    return "\n".join(["a,b,y", *lines, *(fill.format(i=i) for i in range(count))])


def test_columns_of_every_kind(load):
    data = load(
        "Größe,farbe,ja,leer,fest,Nr,zahl,y\n"
        + "\n".join(
            f"{1.5 * i},{['rot', 'grün', 'NA'][i % 3]},{['True', 'FALSE'][i % 2]},,7,{i + 1},{i * i if i % 4 else '?'},"
            f"{['gut', 'schlecht'][i % 2]}"
            for i in range(12)
        )
    )
    assert data.columns["x"] == ("Größe", "farbe=grün", "farbe=missing", "farbe=rot", "ja", "zahl")
    assert data.as_is["x"].tolist() == [False, True, True, True, False, False]
    np.testing.assert_array_equal(data.inputs["x"][1], [1.5, 1, 0, 0, 0, 1])
    assert np.isnan(data.inputs["x"][[0, 4, 8], 5]).all(), "Missing numbers stay NaN until the training part is known."
    target = data.targets["y"]
    assert (target.kind, target.class_names, target.values[:3].tolist()) == ("classes", ("gut", "schlecht"), [0, 1, 0])
    assert data.notices == (
        "No target was named, so it is the last column, 'y'.",
        "Column 'leer' was left out: no values.",
        "Column 'fest' was left out: '7' in every row.",
        "Column 'Nr' was left out: only the number of the row.",
        "Column 'farbe': 4 missing values became the category 'missing'.",
        "Column 'zahl': 3 missing values were filled with the median of the training part.",
    )


@pytest.mark.parametrize(
    ("values", "task", "kind", "names"),
    [
        ([0, 1] * 5, "auto", "classes", ("0", "1")),
        ([3, 10, 5] * 4, "auto", "classes", ("3", "5", "10")),
        (range(12), "auto", "values", ()),
        ([0.5, 1.5] * 6, "auto", "values", ()),
        ([0.5, 1.5] * 6, "classification", "classes", ("0.5", "1.5")),
        ([0, 1] * 6, "regression", "values", ()),
        (["true", "False"] * 6, "auto", "classes", ("false", "true")),
        (["b", "a", "b"] * 4, "auto", "classes", ("a", "b")),
        (["1", "2", "1", "x"] * 3, "classification", "classes", ("1", "2", "x")),
    ],
)
def test_what_a_target_is(load, values, task, kind, names):
    text = "a,y\n" + "\n".join(f"{i / 7},{value}" for i, value in enumerate(values))
    target = load(text, task=task).targets["y"]
    assert (target.kind, target.class_names) == (kind, names)
    assert target.shape == (() if kind == "classes" else (1,))


def test_several_targets_and_chosen_columns(load):
    text = "id,a,b,c,y,kind\n" + "\n".join(f"{i},{i % 5}.5,{i % 3},{i % 2},{i / 3},{'pq'[i % 2]}" for i in range(12))
    data = load(text, target="Kind, y", drop="c")
    assert list(data.targets) == ["kind", "y"]
    assert data.columns["x"] == ("a", "b")
    assert load(text, target="y", columns="b,ID").columns["x"] == ("b", "id")
    only_counter = load("t,y\n" + "\n".join(f"{i},{i / 3}" for i in range(12)))
    assert only_counter.columns["x"] == ("t",), "A counter that is the only input is kept."


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters_are_found_out(load, delimiter):
    text = (
        delimiter.join(["a", "note", "y"])
        + "\n"
        + "\n".join(delimiter.join([str(i / 2), f'"say ""{delimiter}"""', str(i % 2)]) for i in range(1, 9))
    )
    data = load(text, columns="a")
    assert data.inputs["x"][:, 0].tolist() == [i / 2 for i in range(1, 9)]
    assert (
        data.inputs["x"].shape
        == load(text, columns="a", delimiter="tab" if delimiter == "\t" else delimiter).inputs["x"].shape
    )


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_encodings_and_line_ends(load, encoding, newline):
    text = newline.join(["größe,y", *(f"{i}.5,{i % 2}" for i in range(8)), ""])
    data = load(text.encode(encoding))
    assert data.columns["x"] == ("größe",)
    assert data.m == 8
    assert any("Windows-1252" in notice for notice in data.notices) == (encoding == "cp1252")


def test_decimal_comma(load):
    data = load("a;b;y\n" + "\n".join(f"{i},5;{i};{i % 2}" for i in range(1, 11)), drop="b")
    assert data.inputs["x"][:2, 0].tolist() == [1.5, 2.5]
    assert "The comma was read as the decimal sign in 'a'." in data.notices


def test_rows_without_a_target_are_left_out(load):
    data = load(rows("1,2,", "3,4,?", fill="{i}.5,0.{i},{i}.25"))
    assert data.m == 20
    assert data.inputs["x"][0, 0] == 0.5
    assert "2 rows without a target were left out." in data.notices


def test_missing_policies(load):
    text = rows(",2,1.25", "1,NA,2.25", fill="{i}.5,0.{i},{i}.25")
    assert load(text).fill == "median"
    assert load(text, missing="mean").fill == "mean"
    dropped = load(text, missing="drop")
    assert dropped.m == 20
    assert "2 rows with missing values were left out." in dropped.notices
    assert dropped.targets["y"].values[0, 0] == 0.25, "Targets and inputs must lose the same rows."
    with pytest.raises(DataError, match=r"Line 2, column 'a': the value is missing \(''\). It is one of 2"):
        load(text, missing="error")
    with pytest.raises(DataError, match=r"Every row of .* has a missing value"):
        load("a,b,y\n" + "\n".join(f"{i},,{i / 3}\n,{i},{i / 7}" for i in range(2, 9)), missing="drop")


FAULTS = {
    "empty": ("", {}, ["'t.csv' is empty"]),
    "blank": ("\n\n  \n", {}, ["'t.csv' is empty"]),
    "header only": ("a,y\n", {}, ["no rows below"]),
    "one column": ("a\n1\n2\n", {}, ["only one column, 'a'", "set the delimiter"]),
    "wrong delimiter": (rows(), {"delimiter": ";"}, ["only one column", "cut at ';'"]),
    "long delimiter": (rows(), {"delimiter": "::"}, ["one character", "'::'"]),
    "no header": ("5.1,3.5,setosa\n4.9,3.0,setosa\n", {}, ["Line 1", "5.1", "Put a line of names"]),
    "duplicate header": ("a,b,a,y\n1,2,3,4\n", {}, ["Line 1", "'a' more than once", "1 and 3"]),
    "short row": ("a,b,y\n1,2,0\n\n3,1\n4,5,1\n6\n", {}, ["Line 4", "2 cells", "names 3 columns", "2 lines"]),
    "long row": ('a,b,y\n"two\nlines",2,0\n3,1,1,9\n', {}, ["Line 4", "4 cells"]),
    "quotation": ('a,b,y\n1,2,0\n"3,1,1\n4,5,0\n', {}, ["starts in line 3", "quotation mark"]),
    "target not found": (rows(), {"target": "z"}, ["no column 'z' (target)", "'a', 'b', 'y'"]),
    "target close": ("age,Survived\n1,0\n", {"target": "survivd"}, ["Did you mean 'Survived'?"]),
    "drop not found": (rows(), {"drop": "a, zz"}, ["no column 'zz' (drop)"]),
    "columns not found": (rows(), {"columns": "zz"}, ["no column 'zz' (columns)"]),
    "one class": (rows(fill="{i},2.5,yes"), {}, ["target 'y' has only the class 'yes' in all 20 rows"]),
    "one number": (rows(fill="{i},2.5,3.5"), {}, ["target 'y' is 3.5 in all 20 rows"]),
    "no target": (rows(fill="{i},2.5,"), {}, ["No row of 't.csv' has a value in the target column 'y'"]),
    "class per row": (rows(fill="{i},2.5,n{i}"), {}, ["20 different values in 20 rows"]),
    "text": (
        rows("1,2,3", "1,two,3", "1,three,4", fill="1.5,{i}.5,{i}.5", count=30),
        {},
        ["Line 3, column 'b': 'two' is not a number", "2 such cells"],
    ),
    "text after gaps": (rows("1,2,3", "", "", "x y,2,3"), {}, ["Line 5, column 'a': 'x y'"]),
    "text target": (rows("1,2,3", "1,2,high"), {}, ["Line 3, column 'y': 'high'"]),
    "text regression": (rows(fill="{i},2,n{i}"), {"task": "regression"}, ["Line 2, column 'y': 'n0'"]),
    "inf": (rows("1,2,3", "1,inf,3", "1,-inf,4"), {}, ["Line 3, column 'b': 'inf' is infinite", "2 such cells"]),
    "huge": (rows("1e99,2,3"), {}, ["Line 2, column 'a': '1e99'", "too large"]),
    "inf target": (rows("1,2,-Infinity"), {}, ["Line 2, column 'y': '-Infinity'"]),
    "no input left": (rows(fill="7,z,{i}.5"), {}, ["no column left", "'7' in every row", "'z' in every row"]),
    "all dropped": (rows(), {"drop": "a,b"}, ["no column left"]),
    "spreadsheet": (b"PK\x03\x04....", {}, ["not a text table", "export it as CSV"]),
    "binary": (b"a,b\x00\x01", {}, ["not a text table"]),
}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda name: name.replace(" ", "_"))
def test_faults_are_explained(load, fault):
    text, fields, parts = FAULTS[fault]
    with pytest.raises(DataError) as caught:
        load(text, **fields)
    for part in parts:
        assert part in str(caught.value)
    assert str(caught.value).endswith("."), "A message is made of whole sentences."


@pytest.mark.parametrize("kind", ["csv", "npz"])
def test_a_missing_file_or_a_folder(kind, tmp_path):
    with pytest.raises(DataError, match=r"There is no file '.*nowhere\.csv'"):
        parse_spec(f"{kind}:{tmp_path}/nowhere.csv").load()
    with pytest.raises(DataError, match="is a folder"):
        parse_spec(f"{kind}:{tmp_path}").load()
    with pytest.raises(DataError, match="There is no file"):
        parse_spec(f"{kind}:x").replace(path="").load()


def test_text_with_many_values_is_left_out(load):
    data = load(rows(fill="name {i},{i}.5,{i}.25", count=30))
    assert "Column 'a' was left out: 30 different texts (the limit 'categories' is 20)." in data.notices
    assert load(rows(fill="name {i},{i}.5,{i}.25", count=30), categories=30).inputs["x"].shape == (30, 31)


def test_wide_tables_get_few_notices(load):
    """The shape of digits saved as a table: many empty corners, many gaps."""
    header = ",".join(f"pixel{i}" for i in range(100)) + ",y"
    lines = [
        ",".join("0" if j < 60 else "" if i == j % 20 else str((i + j) % 7) for j in range(100)) + f",{i % 2}"
        for i in range(20)
    ]
    data = load("\n".join([header, *lines]))
    assert data.inputs["x"].shape == (20, 40)
    assert data.notices[1].endswith("'pixel7' and 52 more were left out: '0' in every row.")
    assert data.notices[2].startswith("40 missing values in 40 columns: numbers were filled with the median")
    assert len(data.notices) == 3


REAL = {
    "titanic_train.csv?target=survived": (
        "classes",
        891,
        [
            "Column 'Name' was left out: 891 different texts",
            "Column 'Age': 177 missing values were filled with the median of the training part.",
            "Column 'Embarked': 2 missing values became the category 'missing'.",
            "Column 'PassengerId' was left out: only the number of the row.",
        ],
    ),
    "housing.csv?target=median_house_value": (
        "values",
        20640,
        ["Column 'total_bedrooms': 207 missing values were filled with the median of the training part."],
    ),
    "penguins.csv?target=species": ("classes", 344, ["Column 'sex': 11 missing values became the category 'missing'."]),
    "mpg.csv?target=mpg": (
        "values",
        398,
        [
            "Column 'horsepower': 6 missing values were filled with the median of the training part.",
            "Column 'name' was left out: 305 different texts",
        ],
    ),
}


@pytest.mark.skipif(not TABULAR.is_dir(), reason="The real tables lie in ../shared/data/tabular, which is absent.")
@pytest.mark.parametrize("spec", REAL)
def test_real_tables(spec):
    kind, m, notices = REAL[spec]
    prepared = prepare(DataSettings(source=parse_spec(f"csv:{TABULAR}/{spec}"), train=0.6, dev=0.2, test=0.2))
    assert prepared.target_of().kind == kind
    assert sum(part.m for part in prepared.parts.values()) == m
    for notice in notices:
        assert any(text.startswith(notice) for text in prepared.notices), prepared.notices
    for part in prepared.parts.values():
        assert np.isfinite(part.input()).all()
        assert np.isfinite(part.target()).all()
        assert part.input().shape == (part.m, len(prepared.columns["x"]))
