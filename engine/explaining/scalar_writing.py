"""Numbers and how they came about, as they are written: each with the symbol that it stands for below it."""

from __future__ import annotations

from dataclasses import replace

from engine.explaining.scalars import Place, Scalar
from engine.explaining.writing import ATOM, POWER, PREFIX, PRODUCT, SUM, Piece, Writer, number_text

_SIGNS = {"subtract": (" − ", SUM), "multiply": (" · ", PRODUCT), "divide": (" / ", PRODUCT)}
_COMPARED = {"greater": " > ", "less": " < "}
_FUNCTIONS = {"sigmoid": "σ", "maximum": "max", "minimum": "min", "sqrt": "√", "logaddexp": "log(eˣ + eʸ) of "}


class ScalarWriter:
    """Writes numbers of one network."""

    def __init__(self, writer: Writer, parameters: frozenset[str], most: int = 6) -> None:
        """A writer of numbers.

        Args:
            writer: Knows the marks of the layers.
            parameters: Names of the buffers that have no axis for examples.
            most: Terms of a sum that are written out; the largest are.
        """
        self.writer = writer
        self.parameters = parameters
        self.most = most

    def symbol(self, name: str, place: Place) -> Piece:
        """One number of a buffer as a letter: w₃₁ of layer 2, counted from 1 as in the course."""
        whole = self.writer.symbol(name)
        text = whole.text if whole.text == "J" or len(whole.text) > 3 else whole.text.lower()
        shown = place if name in self.parameters else place[1:]
        below = ",".join(str(i + 1) for i in shown)
        return replace(whole, text=text, below=below, under="", place=place)

    def equation(self, name: str, place: Place, scalar: Scalar, value: float) -> list[Piece]:
        """The whole line: z₃ = 0.52 · 0.31 + … = 0.42."""
        left = self.symbol(name, place)
        right = self.pieces(scalar)
        ending = [Piece(f" = {number_text(value)}")] if scalar.args else []
        return [left, Piece(" = "), *right, *ending]

    def pieces(self, scalar: Scalar, within: int = SUM) -> list[Piece]:
        """A number as it came about, in parentheses where needed."""
        tightness, pieces = self._write(scalar)
        return [Piece("("), *pieces, Piece(")")] if tightness < within else pieces

    def _write(self, s: Scalar) -> tuple[int, list[Piece]]:
        if s.kind in ("symbol", "number"):
            text = s.name if s.kind == "number" and s.name else number_text(s.value)
            tightness = PREFIX if text.startswith("−") else ATOM
            return tightness, [self._number(s, text)]
        if s.kind == "sum":
            return SUM, self._sum(s)
        if s.kind in _SIGNS:
            sign, tightness = _SIGNS[s.kind]
            a, b = s.args
            if s.kind == "multiply" and a.kind == "number" and a.value == -1:
                return PREFIX, [Piece("−"), *self.pieces(b, PRODUCT)]
            if s.kind == "multiply" and self._rank(b) < self._rank(a):
                a, b = b, a  # the gradient first, then the weight: dz · a, w · a
            return tightness, [*self.pieces(a, tightness), Piece(sign), *self.pieces(b, POWER)]
        if s.kind in _COMPARED:
            a, b = s.args
            return SUM, [*self.pieces(a, PRODUCT), Piece(_COMPARED[s.kind]), *self.pieces(b, PRODUCT)]
        if s.kind == "negative":
            return PREFIX, [Piece("−"), *self.pieces(s.args[0], ATOM)]
        if s.kind == "square":
            pieces = self.pieces(s.args[0], ATOM)
            return POWER, [*pieces[:-1], replace(pieces[-1], above=pieces[-1].above + "²")]
        inner = [piece for i, arg in enumerate(s.args) for piece in ([Piece(", ")] * (i > 0) + self.pieces(arg))]
        return ATOM, [Piece(f"{_FUNCTIONS.get(s.kind, s.kind)}("), *inner, Piece(")")]

    def _rank(self, s: Scalar) -> int:
        if s.kind != "symbol":
            return 2
        label = s.name.split("/", 1)[1]
        return 0 if label[:1] == "d" and label[1:2].isupper() else 1 if s.name in self.parameters else 2

    def _number(self, s: Scalar, text: str) -> Piece:
        if s.kind == "number":
            return Piece(text)
        symbol = self.symbol(s.name, s.place)
        under = f"{symbol.text}{symbol.above}" + (f" {symbol.below}" if symbol.below else "")
        return Piece(text, under=under, target=s.name, place=s.place)

    def _sum(self, s: Scalar) -> list[Piece]:
        terms = s.args
        kept = set(range(len(terms)))
        if len(terms) > self.most + 1:
            kept = set(
                sorted(kept, key=lambda i: -abs(terms[i].value) if terms[i].value == terms[i].value else 0)[: self.most]
            )
        pieces: list[Piece] = []
        for i, term in enumerate(terms):
            if i in kept:
                first, *others = self.pieces(term, PRODUCT if i else SUM)
                if pieces and first.text.startswith("−"):
                    first = replace(first, text=f"({first.text})" if first.target or not others else first.text)
                pieces += [*([Piece(" + ")] if pieces else []), first, *others]
        rest = len(terms) - len(kept)
        if rest:
            together = sum(term.value for i, term in enumerate(terms) if i not in kept)
            pieces += [Piece(" + "), Piece(f"({rest:,} more, together {number_text(together)})")]
        return pieces
