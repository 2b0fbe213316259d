"""Dialects, dates, outliers, previews and the sources beside CSV files."""

import numpy as np
import pytest

from engine.data import DataError, DataSettings, parse_spec, prepare, source_for_file
from engine.data.cache import DataCache
from engine.data.preview import preview_text
from engine.data.scaling import Scaling
from engine.data.sources.csv_file import CsvFile
from engine.data.sources.npy_file import NpyFile
from engine.data.sources.parquet_file import ParquetFile
from engine.data.sources.pasted_table import LONGEST, PastedTable
from engine.data.table import find_names, join_names
from engine.data.text_file import looks_like_table


def load(text: str, **fields):
    return PastedTable(text=text, **fields).load()


def lines(count: int, pattern: str) -> str:
    return "\n".join(pattern.format(i=i, odd=i % 2, a=i / 4, three=i % 3) for i in range(count))


# Dialects


def test_the_line_of_excel_names_the_delimiter(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("sep=;\na;b;y\n" + lines(9, "{i},5;{i},25;{odd}"))
    data = CsvFile(path=str(path), drop="b").load()
    assert data.inputs["x"][:2, 0].tolist() == [0.5, 1.5]
    path.write_text("sep=;\na;b;y\n1;2\n")
    with pytest.raises(DataError, match=r"Line 3 of 't.csv' has 2 cells, but line 2 names 3 columns"):
        CsvFile(path=str(path)).load()


def test_numbers_with_commas_between_semicolons_are_not_cut_at_the_commas():
    data = load(lines(9, "{i},5;{i},25;{odd},5"), task="regression")
    assert data.columns["x"] == ("x1", "x2")
    assert data.inputs["x"][2].tolist() == [2.5, 2.25]


@pytest.mark.parametrize(
    ("first", "header", "names"),
    [
        ("0.5,1,0", "auto", ("x1", "x2")),
        ("7,7,1", "auto", ("x1", "x2")),
        ("0,1,2", "auto", ("0", "1")),
        ("1,2,3", "auto", ("1", "2")),
        ("7,8,1", "yes", ("7", "8")),
        ("a,b,c", "no", None),
        ("a,,c", "auto", ("a", "column 2")),
    ],
)
def test_whether_the_first_line_holds_names(first, header, names):
    text = f"{first}\n" + lines(9, "{a},{i}.5,{odd}")
    if names is None:
        with pytest.raises(DataError, match="Line 1, column 'x3': 'c' is not a number"):
            load(text, header=header)
    else:
        data = load(text, header=header)
        assert data.columns["x"] == names
        assert data.m == 9 + (names[0] == "x1")
        assert any("named x1, x2" in notice for notice in data.notices) == (names[0] == "x1")


def test_a_chosen_encoding_is_used_and_a_wrong_one_refused(tmp_path):
    path = tmp_path / "t.csv"
    path.write_bytes(("größe,y\n" + lines(9, "{a},{odd}")).encode("cp1252"))
    assert CsvFile(path=str(path), encoding="windows-1251").load().columns["x"] == ("grцЯe",)
    with pytest.raises(DataError, match=r"Line 1 of 't.csv' is not utf-8"):
        CsvFile(path=str(path), encoding="utf-8").load()


def test_names_with_commas_are_quoted():
    header = ("Name, first", 'the "y"', "age")
    text = join_names(header)
    assert find_names(text, header, "t", "drop") == header
    assert find_names("AGE", header, "t", "drop") == ("age",)
    data = load('"a, b";c;y\n' + lines(9, "{i}.5;{three};{odd}"), columns=join_names(["a, b"]))
    assert data.columns["x"] == ("a, b",)


def test_unicode_names_and_many_classes():
    text = "größe\t年齢\tКласс\n" + lines(20_000, "{i}.5\t{three}\tk{i}")
    with pytest.raises(DataError, match="'Класс' has 20000 different values"):
        load(text)
    data = load("größe\t年齢\tКласс\n" + "\n".join(f"{i}.5\t{i % 3}\tk{i // 2}" for i in range(20_000)))
    assert data.targets["Класс"].classes == 10_000
    assert prepare(DataSettings(), data).parts["dev"].m == 10_000, "Two rows of each class: one for each part."


# Dates


@pytest.mark.parametrize(
    ("form", "texts"),
    [
        ("year-month-day", ["2024-01-30", "2024-02-01", "2024-01-31T12:00:00Z"]),
        ("year/month/day", ["2024/1/30", "2024/2/1", "2024/1/31 12:00"]),
        ("day.month.year", ["30.01.2024", "1.2.2024", "31.1.2024 12:00"]),
        ("day/month/year", ["30/01/2024", "01/02/2024", "31/01/2024 12:00"]),
        ("month/day/year", ["01/30/2024", "02/01/2024", "01/31/2024 12:00"]),
    ],
)
def test_dates_become_days_month_and_weekday(form, texts):
    data = load("when;y\n" + "\n".join(f"{text};{i}.5" for i, text in enumerate([*texts, "NA"])))
    assert data.columns["x"] == ("when=days", "when=month", "when=weekday")
    # 30 January 2024 was a Tuesday.
    np.testing.assert_allclose(data.inputs["x"], [[0, 1, 2], [2, 2, 4], [1.5, 1, 3], [np.nan] * 3])
    assert any(form in notice and "days since 2024-01-30" in notice for notice in data.notices), data.notices
    assert data.table[0].kind == "dates"
    assert prepare(DataSettings(), data).input_shape("when") == (3,)


def test_a_date_that_is_none_is_named():
    days = [f"2024-01-{i + 1:02}" for i in range(20)]
    with pytest.raises(DataError, match=r"Line 12, column 'when': '2024-02-31' is no date of the form year-month-day"):
        load("when,y\n" + "\n".join(f"{d},{i}.5" for i, d in enumerate([*days[:10], "2024-02-31", *days[10:]])))


def test_dates_as_a_target_are_days():
    target = load("a,when\n" + lines(9, "{a},2024-03-0{i}").replace("-00", "-10")).targets["when"]
    assert target.kind == "values"
    assert target.values[:3, 0].tolist() == [9, 0, 1]


# Outliers


def test_outliers_are_counted_and_clipped_only_when_asked():
    text = "a,b,y\n" + lines(99, "{i},{three},{odd}") + "\n100000,1,0\n"
    kept = prepare(DataSettings(standardize=False, train=1, dev=0), load(text, columns="a,b"))
    assert "'a' 1. They were kept." in kept.notices[-1]
    assert kept.train.input("a").max() == 100_000
    clipped = prepare(DataSettings(standardize=False, train=1, dev=0, outliers="clip"), load(text, columns="a,b"))
    # Quartiles of 0 … 98 and 100000 are 24.75 and 74.25; three times 49.5 above is 222.75.
    assert clipped.train.input("a").max() == 222.75
    assert clipped.scale_input([[1e9, 1.0]])[0].tolist() == [222.75, 1]
    assert clipped.scale_input([[1e9]], "a")[0].tolist() == [222.75], "A single column has its own fence."
    assert "They were clipped" in clipped.notices[-1]


def test_statistics_are_those_after_clipping():
    settings = DataSettings(train=1, dev=0, outliers="clip")
    prepared = prepare(settings, load("a,b,y\n" + lines(99, "{i},{three},{odd}") + "\n100000,1,0\n", columns="a,b"))
    mu, _ = prepared.input_statistics("a")
    assert mu[0] == pytest.approx((98 * 99 / 2 + 222.75) / 100)
    assert isinstance(prepared.input_scaling["x"], Scaling)


def test_a_part_without_a_class_is_said():
    text = "a,y\n" + "\n".join(f"{i / 7},{'rare' if i == 4 else 'abc'[i % 3]}" for i in range(60))
    plain = prepare(DataSettings(stratified=False), load(text))
    assert "The dev part holds no row of the classes 'rare'." in plain.notices
    stratified = prepare(DataSettings(), load(text))
    assert "Class 'rare' has only 1 row, so it is in the train part only." in stratified.notices


# What became of the columns


def test_every_column_says_what_became_of_it():
    data = load(
        "Nr,age,sort,when,same,y\n" + lines(12, "{i},{a},s{three},2024-01-1{odd},7,{odd}").replace("2.5,", "NA,")
    )
    assert [(fact.name, fact.kind, fact.role, fact.what) for fact in data.table] == [
        ("Nr", "numbers", "left out", "Left out: it only numbers the rows"),
        ("age", "numbers", "input", "Taken as numbers; 1 missing → median"),
        ("sort", "text", "input", "3 texts → 3 columns of 0 and 1"),
        ("when", "dates", "input", "Dates → days since 2024-01-10, weekday (1 = Monday)"),
        ("same", "numbers", "left out", "Left out: '7' in every row"),
        ("y", "numbers", "target", "Predicted: 2 classes"),
    ]


# Previews


def test_a_preview_shows_what_is_written_even_when_it_cannot_be_loaded():
    preview = preview_text(b"a;b;y\n1,5;x;2024-01-01\n2,5;y\n3;z;2024-01-02;9\n", "t")
    assert preview.header == ("a", "b", "y", "column 4")
    assert preview.kinds == ("numbers", "text", "dates", "numbers")
    assert preview.rows[1] == ("2,5", "y")
    assert (preview.delimiter, preview.has_header, preview.encoding) == (";", True, "utf-8")
    with pytest.raises(DataError, match="'t' is empty"):
        preview_text(b"  \n", "t")


def test_a_preview_reads_the_beginning_only(tmp_path):
    path = tmp_path / "t.csv"
    path.write_bytes("é,y\n".encode() + "1,ü\n".encode() * 200_000)
    preview = CsvFile(path=str(path)).preview()
    assert preview.encoding == "utf-8", "A letter that is cut in two must not make it Windows-1252."
    assert len(preview.rows) == 100


@pytest.mark.parametrize(
    ("text", "is_table"),
    [
        ("a\tb\n1\t2\n", True),
        ("a;b\n1;2\n3;4", True),
        ("just a sentence", False),
        ("two lines\nwithout cells", False),
        ('{"format": "netloom-nodes",\n"a": 1,\n"b": 2}', False),
        ("", False),
    ],
)
def test_what_is_a_table_on_the_clipboard(text, is_table):
    assert looks_like_table(text) is is_table


# Sources


def test_a_pasted_table_is_part_of_the_design_and_must_be_small():
    source = PastedTable(text="a\tb\n1\t0\n2,5\t1\n3\t1")
    data = DataSettings.model_validate(DataSettings(source=source).to_data()).source.load()
    assert data.inputs["x"][:, 0].tolist() == [1, 2.5, 3]
    assert parse_spec(source.spec()) == source
    with pytest.raises(DataError, match="Nothing was pasted"):
        PastedTable().load()
    with pytest.raises(DataError, match=r"500,001 characters, and a design carries at most 500,000"):
        PastedTable(text="a" * (LONGEST + 1)).load()


def test_endings_choose_the_source():
    assert type(source_for_file("/x/t.TSV")) is CsvFile
    assert type(source_for_file("t.parquet")) is ParquetFile
    assert type(source_for_file("t.npy")) is NpyFile
    assert source_for_file("t.xlsx") is None
    assert parse_spec("tsv:a b.tsv") == CsvFile(path="a b.tsv")
    with pytest.raises(DataError, match=r"Did you mean 'csv:data\.tsv'"):
        parse_spec("data.tsv")


@pytest.fixture
def matrix(tmp_path):
    values = np.array([[0.5, 1, 0], [1.5, 2, 1], [2.5, 4, 1], [3.5, 8, 0]])
    np.save(tmp_path / "m.npy", values)
    return tmp_path / "m.npy", values


def test_npy_takes_a_column_or_a_second_file(matrix, tmp_path):
    path, values = matrix
    data = NpyFile(path=str(path)).load()
    np.testing.assert_array_equal(data.inputs["x"], values[:, :2])
    assert (data.targets["y"].kind, data.targets["y"].values.tolist()) == ("classes", [0, 1, 1, 0])
    first = NpyFile(path=str(path), target=0).load()
    assert first.targets["y"].values[:, 0].tolist() == [0.5, 1.5, 2.5, 3.5]
    np.save(tmp_path / "y.npy", np.array(["a", "b", "a", "b"]))
    other = parse_spec(f"npy:{path}?y={tmp_path / 'y.npy'}").load()
    assert other.inputs["x"].shape == (4, 3)
    assert other.targets["y"].class_names == ("a", "b")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda path: path.write_bytes(path.read_bytes()[:-8]), "states the shape (4, 3), but 88 bytes follow"),
        (lambda path: path.write_bytes(b"hello"), "is not an NPY file"),
        (lambda path: np.save(path, np.ones(3)), "has the shape (3,)"),
        (lambda path: np.save(path, np.array([[1, "a"]], object), allow_pickle=True), "Python objects"),
        (lambda path: np.save(path, np.array([[np.inf, 1], [0, 0]])), "row 0, column 0 (counted from 0): inf"),
        (lambda path: np.save(path, np.ones((0, 3))), "no examples"),
    ],
    ids=["cut", "no npy", "flat", "objects", "inf", "empty"],
)
def test_npy_faults(matrix, change, words):
    path, _ = matrix
    change(path)
    with pytest.raises(DataError) as caught:
        NpyFile(path=str(path)).load()
    assert words in str(caught.value)
    np.save(path, np.ones((4, 3)))
    with pytest.raises(DataError, match="columns 0 to 2, but the target column is 7"):
        NpyFile(path=str(path), target=7).load()


def test_parquet_knows_its_types(tmp_path):
    pytest.importorskip("pyarrow", reason="Parquet is an extra: pip install netloom[parquet]")
    import pandas

    path = tmp_path / "t.parquet"
    frame = pandas.DataFrame(
        {
            "a": [0.5, None, 2.5, 3.5] * 3,
            "n": [1, 2, 4, 8] * 3,
            "when": pandas.to_datetime(["2024-01-30", "2024-02-01", None, "2024-01-31 12:00"] * 3, format="mixed"),
            "sort": pandas.Categorical(["x", "y", None, "x"] * 3),
            "ok": [True, False, True, True] * 3,
            "y": ["p", "q", "p", "q"] * 3,
        }
    )
    frame.to_parquet(path)
    data = ParquetFile(path=str(path)).load()
    assert data.columns["x"] == (
        "a", "n", "when=days", "when=month", "when=weekday", "sort=missing", "sort=x", "sort=y", "ok",
    )  # fmt: skip
    np.testing.assert_array_equal(data.inputs["x"][3], [3.5, 8, 1.5, 1, 3, 0, 1, 0, 1])
    assert np.isnan(data.inputs["x"][1, 0])
    preview = ParquetFile(path=str(path)).preview()
    assert preview.kinds == ("numbers", "numbers", "dates", "text", "truth", "text")
    frame.loc[5, "a"] = np.inf
    frame.to_parquet(path)
    with pytest.raises(DataError, match=r"Row 6, column 'a': 'inf' is infinite"):
        ParquetFile(path=str(path)).load()
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(DataError, match="cannot be read as a Parquet file; it may be cut or damaged"):
        ParquetFile(path=str(path)).load()


def test_without_pyarrow_it_is_said_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    path = tmp_path / "t.parquet"
    path.write_bytes(b"PAR1")
    with pytest.raises(DataError, match=r"pip install \"netloom\[parquet\]\""):
        ParquetFile(path=str(path)).load()


# The cache


def test_the_cache_reads_again_only_what_changed(tmp_path, monkeypatch):
    path = tmp_path / "t.csv"
    path.write_text("a,b,y\n" + lines(9, "{a},{three},{odd}"))
    reads = []
    original = CsvFile.table
    monkeypatch.setattr(CsvFile, "table", lambda self: reads.append(1) or original(self))
    cache, source = DataCache(tables=True), CsvFile(path=str(path))
    first = cache.load(source)
    assert cache.load(source) is first
    assert cache.load(source.replace(drop="a")).columns["x"] == ("b",)
    assert len(reads) == 1, "Other columns of the same table need no reading."
    path.write_text("a,b,y\n" + lines(12, "{a},{three},{odd}"))
    assert cache.load(source).m == 12
    path.unlink()
    with pytest.raises(DataError, match="There is no file"):
        cache.load(source)
