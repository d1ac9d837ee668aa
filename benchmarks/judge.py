"""What the judge finds, and how often it is wrong: simulated releases with a look after every 20 calls.

Run: `PYTHONPATH=functions:. python -m benchmarks.judge [RELEASES]`. Prints two tables in Markdown. The
champion answers nine calls for each of the challenger's (a canary of 10 %), and the confidence is 95 %. First
whole releases of three steps, whose alpha is split as the judge does; then single checks in a release of one
step. "By the band" is what the time-uniform band of Howard & Ramdas (2022), Theorem 2, would find instead, at
half the alpha for each side.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cache

import numpy as np

from tideline.domain.evaluation.arrays import Doubles, IndexArray
from tideline.domain.release.judging.answers import CALIBRATION_CALLS, cut_points
from tideline.domain.release.judging.medians import Ranked, evidence_of_ratio
from tideline.domain.release.judging.mixture import Level
from tideline.domain.release.judging.rates import Tally, evidence_of_excess

CHECKS, STEPS = 4, 3
LEVEL = Level(0.05).split(CHECKS)
STEP_CALLS = 300
LOOKS = np.arange(20, 1001, 20)
CHAMPIONS = 9
SHOWN = (100, 300, 1000)
ERROR_RATE, SLOWDOWN, SHIFT = 0.01, 2.0, 0.2
_SEED = 20_220_828

# One release's calls, champion's and challenger's, and the level, to whether each look finds it worse.
Finder = Callable[[Doubles, Doubles, Level], Doubles]
Draw = Callable[[np.random.Generator, int], Doubles]


def looks_at(challenger: Doubles) -> IndexArray:
    return LOOKS[len(challenger) >= LOOKS]


def ranked(values: Doubles) -> Ranked:
    return Ranked(np.sort(values), against(len(values)))


@cache
def against(number: int) -> Doubles:
    return Ranked.of(np.zeros(number)).against


def finds_failures(champion: Doubles, challenger: Doubles, level: Level) -> Doubles:
    """Calls are 1 where they failed."""
    looks = looks_at(challenger)
    sides = [
        Tally(np.cumsum(calls)[times * looks - 1], (times * looks).astype(float))
        for calls, times in ((champion, CHAMPIONS), (challenger, 1))
    ]
    return evidence_of_excess(*sides, np.full(len(looks), ERROR_RATE)) >= level.joint


def finds_slowdown(champion: Doubles, challenger: Doubles, level: Level) -> Doubles:
    """Calls are latencies."""
    looks = looks_at(challenger)
    found = [
        evidence_of_ratio(ranked(champion[: CHAMPIONS * n]), ranked(challenger[:n]), SLOWDOWN) for n in looks
    ]
    return np.array(found) >= level.joint


def finds_shift(champion: Doubles, challenger: Doubles, level: Level) -> Doubles:
    """Calls are scores."""
    looks = looks_at(challenger)
    cuts = cut_points(champion[:CALIBRATION_CALLS, None])
    ours = np.column_stack([cut.holds(champion[CALIBRATION_CALLS:, None]) for cut in cuts]).cumsum(axis=0)
    theirs = np.column_stack([cut.holds(challenger[:, None]) for cut in cuts]).cumsum(axis=0)
    judged = CHAMPIONS * looks - CALIBRATION_CALLS
    first = Tally(ours[judged - 1].ravel().astype(float), judged.repeat(len(cuts)).astype(float))
    second = Tally(theirs[looks - 1].ravel().astype(float), looks.repeat(len(cuts)).astype(float))
    bound = np.full(len(first.hits), SHIFT)
    evidence = np.maximum(evidence_of_excess(first, second, bound), evidence_of_excess(second, first, bound))
    return evidence.reshape(len(looks), -1).max(axis=1) >= level.split(len(cuts)).joint


def finds_shift_by_band(champion: Doubles, challenger: Doubles, level: Level) -> Doubles:
    """Calls are scores; the distance of the two empirical distributions less both bands."""
    looks = looks_at(challenger)
    found = []
    for n in looks:
        first, second = np.sort(champion[: CHAMPIONS * n]), np.sort(challenger[:n])
        points = np.concatenate([first, second])
        below = [np.searchsorted(side, points, side="right") / len(side) for side in (first, second)]
        found.append(np.abs(below[0] - below[1]).max() - band(len(first), level) - band(n, level) > SHIFT)
    return np.array(found)


def band(number: int, level: Level) -> float:
    """Return the half width that holds at all points and times with half the alpha."""
    return 0.85 * np.sqrt((np.log(np.log(np.e * number)) + 0.8 * np.log(1612 / (level.alpha / 2))) / number)


def failing(rate: float) -> Draw:
    return lambda random, number: (random.random(number) < rate).astype(float)


def lasting(median_ms: float) -> Draw:
    """Latencies with a long tail."""
    return lambda random, number: median_ms * random.lognormal(0, 0.5, number)


def answering(shift: float) -> Draw:
    """Uniform scores, moved: the largest difference between the distributions is `shift`."""
    return lambda random, number: random.random(number) + shift


def simulate(finder: Finder, champion: Draw, challenger: Draw, *, releases: int) -> Doubles:
    """Return the share of releases in which some look up to each finds the challenger worse."""
    found = np.zeros(len(LOOKS))
    for release in range(releases):
        random = np.random.default_rng([_SEED, release])
        calls = champion(random, CHAMPIONS * LOOKS[-1]), challenger(random, int(LOOKS[-1]))
        found += np.logical_or.accumulate(finder(*calls, LEVEL))
    return found / releases


def whole_releases(cases: list[tuple[Finder, Draw, Draw]], *, releases: int) -> float:
    """Return the share of releases in which any look of any check in any step finds the challenger worse."""
    level, alarms = Level(0.05).split(CHECKS * STEPS), 0
    for release in range(releases):
        random = np.random.default_rng([_SEED, STEPS, release])
        alarms += any(
            finder(champion(random, CHAMPIONS * STEP_CALLS), challenger(random, STEP_CALLS), level).any()
            for _ in range(STEPS)
            for finder, champion, challenger in cases
        )
    return alarms / releases


def print_whole(releases: int) -> None:
    usual = failing(0.01), lasting(10), answering(0)
    bound = failing(0.01 + ERROR_RATE), lasting(10 * SLOWDOWN), answering(SHIFT)
    finders = finds_failures, finds_slowdown, finds_shift
    print("| challenger | rolled back |\n| --- | ---: |")
    for told, others in (("like the champion", usual), ("on the bound in every check", bound)):
        share = whole_releases(list(zip(finders, usual, others, strict=True)), releases=releases)
        print(f"| {told} | {share * 100:.1f} % |", flush=True)


def print_checks(releases: int) -> None:
    shifts = [(f"shift {shift:g}", answering(shift)) for shift in (0, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8)]
    rates = [(f"fails {rate * 100:g} %", failing(rate)) for rate in (0.01, 0.02, 0.05, 0.1, 0.2, 0.5)]
    times = [(f"{times:g} times", lasting(10 * times)) for times in (1, 2, 2.5, 3, 4)]
    scenarios: list[tuple[str, Finder, Draw, list[tuple[str, Draw]]]] = [
        ("failures (champion 1 %, allowed 1 point more)", finds_failures, failing(0.01), rates),
        ("median latency (allowed 2 times)", finds_slowdown, lasting(10), times),
        ("answers (allowed shift 0.2)", finds_shift, answering(0), shifts),
        ("answers, by the band", finds_shift_by_band, answering(0), shifts),
    ]
    print(f"| check | challenger | {' | '.join(f'{n:,} calls' for n in SHOWN)} |")
    print(f"| --- | --- | {' | '.join('---:' for _ in SHOWN)} |")
    for name, finder, champion, cases in scenarios:
        for told, challenger in cases:
            shares = simulate(finder, champion, challenger, releases=releases)
            at = [f"{shares[list(LOOKS).index(n)] * 100:.1f} %" for n in SHOWN]
            print(f"| {name} | {told} | {' | '.join(at)} |", flush=True)


def main() -> None:
    releases = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    print_whole(releases)
    print()
    print_checks(releases)


if __name__ == "__main__":
    main()
