"""Finds partial credit parameters behind three OECD indices of PISA 2006: psych_pisa2006_parameters.json.

    python psych_pisa2006_parameters.py pisa2006_school.sav

The OECD published the scores but, in the files at hand, not the steps they were computed with. So they are found by
least squares from psych_pisa2006_lookup.csv (OECD, PISA 2006 database, school questionnaire file: the index value of
each pattern of answered items and raw score; SC20 and SC22 count yes, SC14 counts the absence of a shortage).
SCIPROM and ENVLEARN are determined by the table. SCMATEDU is not (30 values, 23 parameters, few patterns with gaps), so
its steps are held to those estimated from all countries' schools, each country counting once.
"""

import json
import sys
from pathlib import Path

import pandas as pd
import pyreadstat
from stemcareers.inference import item_calibration, item_response

HERE = Path(__file__).parent
INDICES = {
    "SCIPROM": ([f"SC20Q{i:02d}" for i in range(1, 6)], (2, 1), 0.0),
    "ENVLEARN": ([f"SC22Q{i:02d}" for i in range(1, 6)], (2, 1), 0.0),
    "SCMATEDU": ([f"SC14Q{i:02d}" for i in range(7, 14)], (4, 3, 2, 1), 0.003),
}


def parameters(schools: pd.DataFrame, table: pd.DataFrame, index: str) -> dict:
    items, codes, hold = INDICES[index]
    country = schools.groupby("CNT")["CNT"].transform("size")
    estimated = item_calibration.partial_credit(schools.assign(share=1 / country), items, codes=codes, weight="share")
    start = item_response.standardise(schools, estimated.parameters, weights=(1 / country).to_numpy())
    found = item_calibration.from_published(
        table, dict.fromkeys(items, codes), start=start, hold=hold, origin="the OECD's published scores"
    )
    steps = {item: [round(step, 4) for step in row.dropna()] for item, row in found.parameters.steps.iterrows()}
    return {
        "codes": list(codes),
        "steps": steps,
        "centre": round(found.parameters.centre, 4),
        "spread": round(found.parameters.spread, 4),
        "largest_distance": round(found.largest_distance, 4),
    }


if __name__ == "__main__":
    names = ["CNT", *(item for items, _, _ in INDICES.values() for item in items)]
    frame, _ = pyreadstat.read_sav(sys.argv[1], usecols=names)
    published = pd.read_csv(HERE / "psych_pisa2006_lookup.csv")
    result = {index: parameters(frame, published[published["index"] == index], index) for index in INDICES}
    (HERE / "psych_pisa2006_parameters.json").write_text(json.dumps(result, indent=1) + "\n")
