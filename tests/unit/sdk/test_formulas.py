"""What people read in place of a formula in LaTeX; None is a formula that stays as it was written."""

import pytest

from bridge.sdk.formulas import readable


@pytest.mark.parametrize(
    ("formula", "reading"),
    [
        (r"x^{n+1}", "xⁿ⁺¹"),
        (r"x_{ij}", "xᵢⱼ"),
        (r"e^{\alpha}", "e^α"),
        (r"e^{i\pi}+1=0", "e^(iπ)+1=0"),
        (r"2^{2\pi}", "2^(2π)"),
        (r"x^{\alpha\beta} y", "x^(αβ) y"),
        (r"\lim_{x \to 0} f", "lim_(x → 0) f"),
        (r"\frac{a+b}{c}", "(a+b)/c"),
        (r"\frac{1}{2x}", "1/(2x)"),
        (r"\sqrt[3]{x+1}", "∛(x+1)"),
        (r"\sqrt[n]{2}", "ⁿ√2"),
        (r"\binom{n}{k}", "C(n, k)"),
        (r"\vec{v}", "v⃗"),
        (r"\overline{AB}", "A̅B̅"),
        (r"x\in\mathbb{R}^n", "x∈ℝⁿ"),
        (r"a\not=b", "a=\u0338b"),
        (r"a\not\approx b", "a≈\u0338 b"),
        (r"A\xrightarrow[k]{heat}B", "A →(heat) B"),
        (r"\sin\theta", "sin θ"),
        (r"2\cos x", "2 cos x"),
    ],
)
def test_signs_and_their_arguments_have_a_reading(formula, reading):
    assert reading == readable(formula)


@pytest.mark.parametrize(
    ("formula", "reading"),
    [
        (r"\text{if } x>0", "if x>0"),
        (r"\text{100\%}", "100%"),
        (r"\text x", "x"),
        (r"\mathrm{kg}", "kg"),
        (r"\operatorname{rank} A", "rank A"),
    ],
)
def test_words_stay_as_they_are(formula, reading):
    assert reading == readable(formula)


@pytest.mark.parametrize(
    ("formula", "reading"),
    [
        (r"\begin{pmatrix}1&2\\3&4\end{pmatrix}", "[1 2; 3 4]"),
        (r"\begin{cases}1&x>0\\0&x<0\end{cases}", "{ 1 x>0; 0 x<0"),
        (r"\begin{array}{cc}1&2\\3&4\end{array}", "1 2\n3 4"),
        (r"\begin{aligned}a&=b\\&=c\end{aligned}", "a =b\n=c"),
    ],
)
def test_rows_stand_in_brackets_or_in_lines(formula, reading):
    assert reading == readable(formula)


@pytest.mark.parametrize(
    "formula",
    [
        pytest.param("  ", id="nothing"),
        pytest.param(r"\unknown", id="an unknown command"),
        pytest.param(r"\begin{tikz}x\end{tikz}", id="an unknown environment"),
        pytest.param(r"\begin{matrix}1\end{pmatrix}", id="an environment that ends as another"),
        pytest.param("x^", id="no argument"),
        pytest.param("{a", id="no closing brace"),
        pytest.param("a}", id="no opening brace"),
        pytest.param(r"\text{a $x$}", id="a formula within words"),
        pytest.param("{" * 200 + "}" * 200, id="too deep"),
        pytest.param("x" * 5000, id="too long"),
    ],
)
def test_what_cannot_be_read_has_no_reading(formula):
    assert readable(formula) is None
