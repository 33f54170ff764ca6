"""Put the waves of a study into one table for analysis."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from stemcareers import account, contracts
from stemcareers.config.crosswalk import Links
from stemcareers.config.wave import Wave, WaveDesign
from stemcareers.errors import Problem


@dataclass(frozen=True)
class Part:
    """One wave: its answers (WIDE), scores (SCORED) and weights (WEIGHTED), and what the wave says of itself."""

    wide: pd.DataFrame
    scores: pd.DataFrame
    weights: pd.DataFrame
    wave: Wave


def waves(parts: Mapping[str, Part], links: Links | None = None) -> pd.DataFrame:
    """One row per response of any wave (contract POOLED): items, scales and design.

    parts   wave id: the wave.
    links   which schools of several waves are the same; none, where it is left out.

    A school, stratum or cluster belongs to its wave: `2024:north`. Schools that are linked have one name in all
    waves. Clusters do where they are schools in all waves, or hold the schools that answered several times each time
    under the same name, so that a school that answered twice is in one cluster; strata do too, if every cluster is in
    the same stratum each time.

    Replicate weights of waves that were drawn apart stand side by side: in the replicates of one wave the others
    keep their weight. Those of a panel, where schools and strata are the same each time, stand under each other.
    """
    links = links or Links()
    frames = {name: _wave(name, part) for name, part in parts.items()}
    schools = all(part.wave.design.cluster == "school" for part in parts.values())
    _link_schools(frames, parts, links)
    if schools:
        for name, frame in frames.items():
            frame["cluster"] = _clusters_of_schools(name, frame, parts[name].wave.design)
    together = links.any() and (schools or _are_same_clusters(parts, frames))
    same_strata = together and _is_panel_in_fixed_strata(list(frames.values()))
    for name, frame in frames.items():
        if not together and not schools:
            frame["cluster"] = name + ":" + frame["cluster"]
        if not same_strata:
            frame["stratum"] = name + ":" + frame["stratum"]
    frames = _second_stages(frames)
    frames = _calibrated(frames, {name: part.wave.design for name, part in parts.items()})
    frames = _replicates(frames, {name: part.wave.design for name, part in parts.items()}, same_strata)
    _refuse_other_types(frames)
    pooled = pd.concat(frames.values(), ignore_index=True)
    came = [(name, response) for name, part in parts.items() for response in part.wide["response"]]
    account.reconcile("pool", came, zip(pooled["wave"], pooled["response"], strict=True))
    return contracts.POOLED.conform(pooled)


def _wave(name: str, part: Part) -> pd.DataFrame:
    """One wave in one table; each response stands once in each of its three."""
    joined = part.wide.merge(part.scores, on="response", validate="1:1").merge(
        part.weights, on="response", validate="1:1"
    )
    if not len(joined) == len(part.wide) == len(part.scores) == len(part.weights):
        raise contracts.ContractBroken(f"pooled: the tables of wave {name} hold different responses")
    joined = joined.drop(columns=contracts.UNTRIMMED.name, errors="ignore")  # told of the wave, of no use to estimates
    return joined.assign(wave=name, synthetic=part.wave.synthetic, lonely=part.wave.design.lonely)


def _link_schools(frames: Mapping[str, pd.DataFrame], parts: Mapping[str, Part], links: Links) -> None:
    """Give the schools of all waves their names: the same for the same school."""
    order = sorted(frames, key=lambda name: (parts[name].wave.fielded[0], list(frames).index(name)))
    names = links.names({name: frames[name]["school"].dropna().unique().tolist() for name in order})
    for name, frame in frames.items():
        frame["school"] = frame["school"].map(names[name]).astype("string")


def _clusters_of_schools(name: str, frame: pd.DataFrame, design: WaveDesign) -> pd.Series:
    """The cluster of each response of a wave where clusters are schools."""
    if design.nest:
        return frame["stratum"].str.cat(frame["school"], sep="-")
    # Schools that merged later may have been drawn from two strata; a cluster lies in one.
    of_several = frame.groupby("school")["stratum"].transform("nunique").gt(1)
    return frame["school"].mask(of_several, name + ":" + frame["cluster"])


def found_again(pooled: pd.DataFrame, links: Links, study: str) -> pd.DataFrame:
    """ESTIMATES rows, with the helper columns of `withhold`: how many schools of a wave are in each other wave.

    pooled  the table of `waves`. Only schools with a response that counts are looked at.

    Specification `panel`, sample `wave=<id>`, outcome `schools`, quantity count; term `matched` or `unmatched`, level
    the other wave. No row where no school is linked.
    """
    known = pooled[pooled["answered"]].dropna(subset=["school"])
    schools = {str(wave): set(of_wave) for wave, of_wave in known.groupby("wave")["school"]} if links.any() else {}
    rows = []
    for wave, here in schools.items():
        made_up = bool(pooled.loc[pooled["wave"].eq(wave), "synthetic"].any())
        for other, there in schools.items():
            matched = len(here & there)
            for term, count in (("matched", matched), ("unmatched", len(here) - matched)) if other != wave else ():
                rows.append(
                    {
                        "study": study,
                        "specification": "panel",
                        "sample": f"wave={wave}",
                        "outcome": "schools",
                        "quantity": "count",
                        "term": term,
                        "level": other,
                        "role": "flow",
                        "estimate": float(count),
                        "n": count,
                        "n_schools": count,
                        "unit": "schools",
                        "synthetic": made_up,
                        "withheld": "",
                        "cell_n": count,
                        "rest_n": len(here) - count,
                    }
                )
    if not rows:
        return contracts.ESTIMATES.empty().assign(cell_n=pd.NA, rest_n=pd.NA)
    blank = dict.fromkeys(("std_error", "ci_low", "ci_high", "df", "p_value", "p_adjusted"), float("nan"))
    return pd.DataFrame(rows).assign(**blank)


def _second_stages(frames: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The frames with the second stage of all, where any has one; it is drawn anew in every wave."""
    if not any("cluster_within" in frame for frame in frames.values()):
        return dict(frames)
    found = {}
    for name, frame in frames.items():
        if "cluster_within" not in frame:
            # Whole clusters are a census of the one second-stage cluster they are: no variance.
            frame = frame.assign(stratum_within="all", cluster_within="all", population_within=1.0)
        texts = frame.astype({"stratum_within": "string", "cluster_within": "string"})
        found[name] = texts.assign(stratum_within=name + ":" + texts["stratum_within"])
    return found


def _calibrated(frames: Mapping[str, pd.DataFrame], designs: Mapping[str, WaveDesign]) -> dict[str, pd.DataFrame]:
    """The frames with what their weights were made to meet, which must be the same for all."""
    said = {
        json.dumps({"method": c.method, "margins": c.margins}) if (c := design.calibrate) is not None else ""
        for design in designs.values()
    }
    if len(said) > 1:
        raise Problem(
            "design.calibrate", "the waves of the study have different methods or margins; pooled waves need the same"
        )
    if len({tuple(c.bounds) for design in designs.values() if (c := design.calibrate) is not None}) > 1:
        raise Problem("design.calibrate", "the waves of the study have different bounds; pooled waves need the same")
    its = next(iter(designs.values())).calibrate
    if its is None:
        return dict(frames)
    one = json.dumps({"method": its.method, "margins": its.margins, "bounds": its.bounds})
    return {name: frame.assign(calibrated=one) for name, frame in frames.items()}


def _replicates(
    frames: Mapping[str, pd.DataFrame], designs: Mapping[str, WaveDesign], together: bool
) -> dict[str, pd.DataFrame]:
    """The frames with the replicate weights of all under names that fit, and what they are (column `replicates`).

    together  replicates of the same number belong together in all waves; false: each wave has its own.
    """
    if all(design.replicates is None for design in designs.values()):
        return dict(frames)
    counts = {name: sum(c.startswith(contracts.REPLICATE) for c in frame) for name, frame in frames.items()}
    if together and len(set(counts.values())) > 1:
        listed = ", ".join(f"{count} in {name}" for name, count in counts.items())
        raise Problem("design.replicates", f"a panel has the same replicate weights in every wave; there are {listed}")
    first, total = 1, max(counts.values()) if together else sum(counts.values())
    found = {}
    for name, frame in frames.items():
        old = _numbered(1, counts[name])
        new = _numbered(first, counts[name])
        plain = frame.drop(columns=old)
        base = frame["weight_before"] if "weight_before" in frame else frame["weight"]
        weights = dict.fromkeys(_numbered(1, total), base)
        weights |= {c: frame[o] for c, o in zip(new, old, strict=True)}
        said = designs[name].replicates.model_dump(mode="json", exclude={"combined"}) | {"columns": new}
        found[name] = plain.join(pd.DataFrame(weights, index=frame.index)).assign(replicates=json.dumps(said))
        first += 0 if together else counts[name]
    return found


def _numbered(first: int, count: int) -> list[str]:
    return [f"{contracts.REPLICATE}{number:03d}" for number in range(first, first + count)]


def _are_same_clusters(parts: Mapping[str, Part], frames: Mapping[str, pd.DataFrame]) -> bool:
    """Whether some schools answered in several waves, and each of these was in a cluster of the same name each time."""
    # ASSUME: then the same name is the same cluster, also where none of its schools answered again.
    if any(part.wave.design.cluster is None for part in parts.values()):
        return False
    known = pd.concat(frame[["wave", "school", "cluster"]] for frame in frames.values()).dropna().drop_duplicates()
    schools = known.groupby("school")
    again = schools["wave"].nunique() > 1
    return bool(again.any() and (schools["cluster"].nunique()[again] == 1).all())


def _is_panel_in_fixed_strata(frames: list[pd.DataFrame]) -> bool:
    """Whether some schools answered in several waves, and all schools and strata are the same in each."""
    # ASSUME: only then do two waves share their strata; otherwise each wave drew its own sample.
    together = pd.concat([f[["wave", "cluster", "stratum", "population"]] for f in frames]).drop_duplicates()
    again = (together.groupby("cluster")["wave"].nunique() > 1).any()
    one_stratum = (together.groupby("cluster")["stratum"].nunique() == 1).all()
    one_population = (together.groupby("stratum")["population"].nunique(dropna=False) == 1).all()
    return bool(again and one_stratum and one_population)


def _refuse_other_types(frames: Mapping[str, pd.DataFrame]) -> None:
    types: dict[str, tuple[str, str]] = {}
    for name, frame in frames.items():
        for column, dtype in frame.dtypes.items():
            first, usual = types.setdefault(str(column), (name, str(dtype)))
            if str(dtype) != usual:
                raise contracts.ContractBroken(
                    f"pooled: column '{column}' is {usual} in wave {first} and {dtype} in wave {name}"
                )
