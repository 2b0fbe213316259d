"""The fast reader of large tables: the same as the careful one, or it leaves the table to that one."""

import numpy as np
import pytest

from engine.data import DataError, parse_spec
from engine.data import table as tables
from engine.data.fast_table import NotPlainError, read_plain
from engine.data.loading import Loading, LoadingCancelledError
from engine.data.sources.csv_file import CsvFile
from engine.data.table import read_table
from engine.data.text_file import find_dialect

RNG = np.random.default_rng(0)
WORDS = ["rot", "grün", 'sagt ""x""', "a b", "NA", ""]


def big(rows: int = 3000, mark: str = ",", comma: bool = False, newline: str = "\n") -> bytes:
    """A table of all kinds of columns: numbers, gaps, quoted text, lines within cells, blank lines."""
    lines = [mark.join(["f", "n", "gap", "text", "late", "truth", "y"])]
    for i in range(rows):
        f = f"{RNG.normal():.6g}"
        cells = [
            f.replace(".", ",") if comma else f,
            str(i % 97),
            ["NA", "", "n/a", "1e3", " 7 "][i % 5],
            f'"{WORDS[i % 6]}{mark}{"line" if i % 50 else f"two{newline}lines"}"',
            "word" if i == 2500 else str(i),
            ["True", "FALSE", ""][i % 3],
            str(i % 2),
        ]
        lines.append(mark.join(cells))
        if i % 400 == 399:
            lines.append("  " if i % 800 == 799 else "")
    return newline.join(lines).encode()


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    monkeypatch.setattr("engine.data.fast_table.BLOCK", 20_000)


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize(("mark", "comma"), [(",", False), (";", True), ("\t", False), ("\t", True)])
def test_it_reads_what_the_careful_reader_reads(monkeypatch, mark, comma, newline):
    data = big(mark=mark, comma=comma, newline=newline)
    careful = read_table(data, "t.csv")
    plain = read_plain(data, find_dialect(data), "t.csv")
    assert plain.first == list(careful.header)
    np.testing.assert_array_equal(plain.lines, careful.lines)
    monkeypatch.setattr(tables, "LARGE", 0)
    fast = read_table(data, "t.csv")
    assert fast.cells["f"].dtype == np.float64, "Numbers are read as numbers."
    assert fast.cells["late"].dtype == object, "A number column with a text in a later block becomes texts."
    for name in careful.header:
        if name == "late":  # one text among 3000 numbers is a mistake; both must say so in the same words
            with pytest.raises(DataError, match=r"Line \d+, column 'late': 'word' is not a number") as one:
                careful.column(name)
            with pytest.raises(DataError) as other:
                fast.column(name)
            assert str(one.value) == str(other.value)
            continue
        a, b = careful.column(name), fast.column(name)
        assert (a.kind, a.decimal_comma) == (b.kind, b.decimal_comma), name
        np.testing.assert_array_equal(a.missing, b.missing)
        np.testing.assert_array_equal(a.numbers, b.numbers)
        if a.kind == "text":
            np.testing.assert_array_equal(a.texts, b.texts)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (b"1,2,3,a,5", ["Line 2002", "5 cells"]),
        (b"1,2,3,a,5,True,1,8", ["Line 2002", "8 cells"]),
        (b'1,2,3,"a"x,5,True,1', ["starts in line 2002", "quotation mark"]),
        (b'1,2,3,"a,5,True,1', ["quotation mark"]),
        (b"inf,2,3,a,5,True,1", ["Line 2002, column 'f': 'inf' is infinite"]),
        (b"1e9999,2,3,a,5,True,1", ["Line 2002, column 'f': '1e9999' is infinite or too large"]),
        (b"ten,2,3,a,5,True,1", ["Line 2002, column 'f': 'ten' is not a number"]),
    ],
)
def test_faults_in_large_tables_name_line_and_column(tmp_path, monkeypatch, line, words):
    monkeypatch.setattr(tables, "LARGE", 0)
    rows = [b"0.5,1,2,b,3,False,0", b"1.5,1,2,a,3,True,1"] * 2000
    rows.insert(2000, line)
    path = tmp_path / "t.csv"
    path.write_bytes(b"\n".join([b"f,n,gap,text,late,truth,y", *rows]))
    with pytest.raises(DataError) as caught:
        CsvFile(path=str(path)).load()
    for word in words:
        assert word in str(caught.value)


def test_what_is_not_plain_is_left_to_the_careful_reader():
    good = b"a,b\n" + b"1,2\n" * 100
    assert read_plain(good, find_dialect(good), "t").lines.tolist() == list(range(2, 102))
    for odd in (b'1, "x"\n', b"1,a\x00\n", b"1\r2\n", b'1,"open\n'):
        with pytest.raises(NotPlainError):
            read_plain(good + odd, find_dialect(good), "t")


def test_progress_and_cancelling(tmp_path):
    path = tmp_path / "t.csv"
    path.write_bytes(b"a,b\n" + b"1.5,2.5\n2.5,0\n" * 80_000)
    loading, seen = Loading(), []
    report = loading.report

    def watch(fraction: float, text: str = "") -> None:
        seen.append(fraction)
        if len(seen) == 20:
            loading.cancel()
        report(fraction, text)

    loading.report = watch
    with loading.active(), pytest.raises(LoadingCancelledError):
        parse_spec(f"csv:{path}").load()
    assert len(seen) == 20, "It stops at the first report after the wish to cancel."
    assert seen == sorted(seen)
    assert 0 < seen[-1] < 1


def test_large_tables_are_kept_in_float32_unless_that_would_round(tmp_path, monkeypatch):
    monkeypatch.setattr("engine.data.table_source.LARGE", 1000)
    path = tmp_path / "t.csv"
    path.write_text("a,b,y\n" + "\n".join(f"{i / 7},{i * 3},{i % 2}" for i in range(600)))
    assert CsvFile(path=str(path)).load().inputs["x"].dtype == np.float32
    path.write_text("a,b,y\n" + "\n".join(f"{i / 7},{1.6e9 + i * i % 100},{i % 2}" for i in range(600)))
    data = CsvFile(path=str(path)).load()
    assert data.inputs["x"].dtype == np.float64, "Seconds since 1970 that differ by a minute are one in float32."
    assert data.inputs["x"][1, 1] == 1.6e9 + 1
