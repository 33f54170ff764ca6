"""A small picture of which step feeds which, from graphviz's language, drawn top down in layers.

After Sugiyama, Tagawa and Toda (1981), Methods for visual understanding of hierarchical system structures, IEEE
Transactions on Systems, Man, and Cybernetics 11(2), doi:10.1109/TSMC.1981.4308636: layers by longest path, order
within a layer by the mean place of neighbours. A line is drawn only where no other way leads from one step to the
next: after Aho, Garey and Ullman (1972), The transitive reduction of a directed graph, SIAM Journal on Computing 1(2),
doi:10.1137/0201008.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable
from dataclasses import dataclass
from graphlib import TopologicalSorter

NODE = re.compile(r'^\s*"?(\w+)"?\s*\[[^\]]*?label\s*=\s*"([^"]*)"')
EDGE = re.compile(r'^\s*"?(\w+)"?\s*->\s*"?(\w+)"?')
WIDTH, HEIGHT, ACROSS, DOWN, EDGE_ROOM = 104, 34, 14, 38, 10
BEND = 6  # the room that a line takes where it passes a layer
SWEEPS = 8


@dataclass(frozen=True)
class Box:
    """A step: its name, the middle of its top edge."""

    name: str
    x: float
    y: float


@dataclass(frozen=True)
class Drawing:
    """Boxes, the lines between them as svg paths, and the size of it all."""

    boxes: tuple[Box, ...]
    lines: tuple[str, ...]
    width: float
    height: float
    box: tuple[int, int] = (WIDTH, HEIGHT)


def read(dot: str, known: Container[str]) -> tuple[list[str], list[tuple[str, str]]]:
    """The steps among `known`, and the pairs of them of which the first feeds the second, in order.

    What is left out is the target that asks for everything and does nothing itself.
    """
    labels = {m.group(1): m.group(2) for line in dot.splitlines() if (m := NODE.match(line))}
    edges = [(m.group(1), m.group(2)) for line in dot.splitlines() if (m := EDGE.match(line))]
    pairs = {(labels.get(a, a), labels.get(b, b)) for a, b in edges}
    kept = sorted((a, b) for a, b in pairs if a != b and a in known and b in known)
    return sorted({label for label in labels.values() if label in known}), kept


def drawn(steps: list[str], edges: list[tuple[str, str]]) -> Drawing:
    """Where each step stands. Raises graphlib.CycleError where the steps feed each other in a circle."""
    level = levels(steps, edges)
    links, routed = _through_every_layer(reduced(edges), level)
    rows = _ordered(level | dict(routed), links)
    room = {name: WIDTH if name in level else BEND for row in rows for name in row}
    lengths = [sum(room[name] for name in row) + ACROSS * (len(row) - 1) for row in rows]
    width = max(lengths, default=WIDTH) + 2 * EDGE_ROOM
    place = {}
    for depth, row in enumerate(rows):
        left = (width - lengths[depth]) / 2
        for name in row:
            place[name] = (left + room[name] / 2, EDGE_ROOM + depth * (HEIGHT + DOWN))
            left += room[name] + ACROSS
    boxes = tuple(Box(name, *place[name]) for name in steps)
    lines = tuple(_line(place[a], place[b], a in level, b in level) for a, b in links)
    return Drawing(boxes, lines, width, 2 * EDGE_ROOM + len(rows) * (HEIGHT + DOWN) - DOWN)


def reduced(edges: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The pairs without those that another way joins already, through one step or more."""
    after: dict[str, set[str]] = {}
    for a, b in edges:
        after.setdefault(a, set()).add(b)

    def leads(start: str, end: str) -> bool:
        return any(step == end or leads(step, end) for step in after.get(start, ()))

    return [(a, b) for a, b in edges if not any(leads(step, b) for step in after[a] - {b})]


def levels(steps: list[str], edges: list[tuple[str, str]]) -> dict[str, int]:
    """How far down each step stands: below all that feeds it, and no higher than it must."""
    before: dict[str, set[str]] = {step: set() for step in steps}
    after: dict[str, set[str]] = {step: set() for step in steps}
    for a, b in edges:
        before[b].add(a)
        after[a].add(b)
    order = list(TopologicalSorter(before).static_order())
    level: dict[str, int] = {}
    for step in order:
        level[step] = 1 + max((level[b] for b in before[step]), default=-1)
    for step in reversed(order):
        level[step] = min((level[a] for a in after[step]), default=level[step] + 1) - 1
    return level


def _through_every_layer(
    edges: list[tuple[str, str]], level: dict[str, int]
) -> tuple[list[tuple[str, str]], list[tuple[str, int]]]:
    """Edges cut into pieces of one layer each, and the bends where they were cut."""
    pieces, bends = [], []
    for a, b in edges:
        way = [a, *(f"{a}->{b}@{depth}" for depth in range(level[a] + 1, level[b])), b]
        bends += [(name, level[a] + 1 + i) for i, name in enumerate(way[1:-1])]
        pieces += list(zip(way, way[1:], strict=False))
    return pieces, bends


def _ordered(level: dict[str, int], links: list[tuple[str, str]]) -> list[list[str]]:
    """The layers, each in the order that keeps its members near what they are linked to."""
    rows: list[list[str]] = [[] for _ in range(max(level.values(), default=-1) + 1)]
    for name in sorted(level):
        rows[level[name]].append(name)
    above: dict[str, list[str]] = {name: [] for name in level}
    below: dict[str, list[str]] = {name: [] for name in level}
    for a, b in links:
        above[b].append(a)
        below[a].append(b)
    for sweep in range(SWEEPS):
        towards = above if sweep % 2 == 0 else below
        for row in rows if sweep % 2 == 0 else reversed(rows):
            place = {name: index - len(r) / 2 for r in rows for index, name in enumerate(r)}
            row.sort(key=lambda name, p=place, t=towards: (_mean([p[n] for n in t[name]], p[name]), name))
    return rows


def _mean(places: Iterable[float], otherwise: float) -> float:
    places = list(places)
    return sum(places) / len(places) if places else otherwise


def _line(start: tuple[float, float], end: tuple[float, float], from_box: bool, to_box: bool) -> str:
    x, y = start[0], start[1] + (HEIGHT if from_box else HEIGHT / 2)
    to_x, to_y = end[0], end[1] if to_box else end[1] + HEIGHT / 2
    middle = (y + to_y) / 2
    return f"M{x:g} {y:g}C{x:g} {middle:g} {to_x:g} {middle:g} {to_x:g} {to_y:g}"
