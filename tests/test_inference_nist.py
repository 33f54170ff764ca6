"""Certified answers: NIST's Statistical Reference Datasets for linear regression and analysis of variance.

Certified values to 15 digits from www.itl.nist.gov/div898/strd (public domain), with classical errors. Agreement is
counted in digits: minus the decimal logarithm of the relative error.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from stemcareers.errors import Problem
from stemcareers.inference import Design, Term, linear, wald

FOLDER = Path(__file__).parent / "reference" / "nist"


def digits(actual, certified) -> float:
    """How many digits agree, in the worst of several numbers; 15 where all are equal."""
    error = np.abs(np.asarray(actual, dtype=float) / np.asarray(certified) - 1)
    return float(-np.log10(max(error.max(), 1e-15)))


def fit(frame: pd.DataFrame, terms: list, **options):
    return linear(Design().on(frame), "y", terms, errors="classical", fewest_df=1, **options)


def powers(x: np.ndarray, highest: int) -> dict[str, np.ndarray]:
    return {f"x{power}": x**power for power in range(1, highest + 1)}


# --- regression ----------------------------------------------------------------------------------------------


def test_norris(scipy_data):
    x, y = np.loadtxt(scipy_data / "nist_linregress" / "Norris.dat", skiprows=60)[:, ::-1].T
    ours = fit(pd.DataFrame({"y": y, "x": x}), ["x"])
    assert digits(ours.values, [-0.262323073774029, 1.00211681802045]) > 12
    assert digits(ours.std_error, [0.232818234301152, 0.429796848199937e-03]) > 12
    assert digits(ours.facts.r_squared, 0.999993745883712) > 13
    assert digits(wald(ours, "x").statistic, 5436385.54079785) > 12


def test_pontius():
    first = [0.11019, 0.21956, 0.32949, 0.43899, 0.54803, 0.65694, 0.76562, 0.87487, 0.98292, 1.09146]
    first += [1.20001, 1.30822, 1.41599, 1.52399, 1.63194, 1.73947, 1.84646, 1.95392, 2.06128, 2.16844]
    second = [0.11052, 0.22018, 0.32939, 0.43886, 0.54798, 0.65739, 0.76596, 0.87474, 0.98300, 1.09150]
    second += [1.20004, 1.30818, 1.41613, 1.52408, 1.63159, 1.73965, 1.84696, 1.95445, 2.06177, 2.16829]
    frame = pd.DataFrame({"y": first + second} | powers(np.tile(np.arange(1, 21) * 150000.0, 2), 2))
    ours = fit(frame, ["x1", "x2"])
    assert digits(ours.values, [0.673565789473684e-03, 0.732059160401003e-06, -0.316081871345029e-14]) > 11
    assert digits(ours.std_error, [0.107938612033077e-03, 0.157817399981659e-09, 0.486652849992036e-16]) > 12


WAMPLER_DELTA = [759, -2048, 2048, -2048, 2523, -2048, 2048, -2048, 1838, -2048, 2048]
WAMPLER_DELTA += WAMPLER_DELTA[-2::-1]
WAMPLER_ERRORS = [
    2152.32624678170,
    2363.55173469681,
    779.343524331583,
    101.475507550350,
    5.64566512170752,
    0.112324854679312,
]


@pytest.mark.parametrize("number, base, times", [(1, 1.0, 0), (2, 0.1, 0), (3, 1.0, 1), (4, 1.0, 100), (5, 1.0, 10000)])
def test_wampler(number, base, times):
    """A polynomial of degree five with known coefficients, and ever larger errors that are orthogonal to it."""
    x = np.arange(21.0)
    certified = base ** np.arange(6)
    y = (x[:, None] ** np.arange(6)) @ certified + times * np.array(WAMPLER_DELTA)
    ours = fit(pd.DataFrame({"y": y} | powers(x, 5)), list(powers(x, 5)))
    assert digits(ours.values, certified) > 9
    if times:
        assert digits(ours.std_error, np.array(WAMPLER_ERRORS) * times) > 12


def test_longley():
    datasets = pytest.importorskip("statsmodels.datasets")
    frame = datasets.longley.load_pandas().data.rename(columns={"TOTEMP": "y"})
    ours = fit(frame, ["GNPDEFL", "GNP", "UNEMP", "ARMED", "POP", "YEAR"])
    certified = [-3482258.63459582, 15.0618722713733, -0.0358191792925910, -2.02022980381683, -1.03322686717359]
    assert digits(ours.values, [*certified, -0.0511041056535807, 1829.15146461355]) > 11
    errors = [890420.383607373, 84.9149257747669, 0.0334910077722432, 0.488399681651699, 0.214274163161675]
    assert digits(ours.std_error, [*errors, 0.226073200069370, 455.478499142212]) > 11


def test_filip():
    """A polynomial of degree ten, condition number 5e9: the hardest set.

    Powers rounded to doubles have a least squares solution that agrees with the certified one to 7.6 digits (found
    with exact fractions), so no program can do better from columns of doubles.
    """
    data = pd.read_csv(FOLDER / "filip.csv")
    frame = pd.DataFrame({"y": data["y"]} | powers(data["x"].to_numpy(), 10))
    ours = fit(frame, list(powers(data["x"].to_numpy(), 10)))
    certified = [-1467.48961422980, -2772.17959193342, -2316.37108160893, -1127.97394098372, -354.478233703349]
    certified += [-75.1242017393757, -10.8753180355343, -1.06221498588947, -0.670191154593408e-01]
    certified += [-0.246781078275479e-02, -0.402962525080404e-04]
    errors = [298.084530995537, 559.779865474950, 466.477572127796, 227.204274477751, 71.6478660875927]
    errors += [15.2897178747400, 2.23691159816033, 0.221624321934227, 0.142363763154724e-01]
    errors += [0.535617408889821e-03, 0.896632837373868e-05]
    assert digits(ours.values, certified) > 7.6
    assert digits(ours.std_error, errors) > 8


# --- analysis of variance ------------------------------------------------------------------------------------

ANOVA = {
    "SiRstv": 12,
    "AtmWtAg": 9,
    "SmLs01": 12,
    "SmLs02": 12,
    "SmLs03": 12,
    "SmLs04": 9,
    "SmLs05": 9,
    "SmLs06": 9,
    # Thirteen leading digits are the same. Rounded to doubles, the data themselves give no more than 4.4, 4.2 and
    # 4.2 digits (found with exact fractions).
    "SmLs07": 4.4,
    "SmLs08": 4.1,
    "SmLs09": 4.1,
}


@pytest.mark.parametrize("name", ANOVA)
def test_analysis_of_variance(scipy_data, name):
    lines = (scipy_data / "nist_anova" / f"{name}.dat").read_text().splitlines()
    certified = float(next(line for line in lines if line.startswith("Between")).split()[-1])
    group, y = np.loadtxt(lines[60:]).T
    ours = wald(fit(pd.DataFrame({"y": y, "group": group}), [Term("group", kind="categorical")]), "group")
    assert ours.df == len(np.unique(group)) - 1
    assert ours.ddf == len(y) - len(np.unique(group))
    assert digits(ours.statistic, certified) > ANOVA[name]


@pytest.fixture(scope="module")
def scipy_data() -> Path:
    """Data sets of NIST that come with scipy."""
    scipy = pytest.importorskip("scipy")
    folder = Path(scipy.__file__).parent / "stats" / "tests" / "data"
    if not folder.is_dir():
        pytest.skip("this scipy was installed without its tests' data")
    return folder


# --- when classical errors are not to be had -----------------------------------------------------------------


def test_classical_errors_are_refused_where_the_design_says_otherwise():
    frame = pd.DataFrame({"y": range(40), "x": [1, 2] * 20, "w": 1.0, "s": [1, 1, 2, 2] * 10})
    with pytest.raises(Problem) as problem:
        linear(Design(weight="w", strata="s").on(frame), "y", ["x"], errors="classical")
    assert str(problem.value) == (
        "linear model: 1 problem\n"
        "  classical errors take rows for independent and equally likely, and the design has weight, strata; "
        "use the design's errors"
    )
