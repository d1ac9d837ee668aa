"""What the judge finds, and how often it is wrong: simulated releases with a look after every 20 calls.

Run: `PYTHONPATH=functions:. python -m benchmarks.judge [RELEASES]`. Prints Markdown. Each release is one step
at a confidence of 95 % whose alpha is split between four checks, as the judge splits it; the champion answers
nine calls for each of the challenger's (a canary of 10 %). `band` is what the time-uniform band of Howard &
Ramdas (2022), Theorem 2, would find instead, at half the alpha for each side.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

import numpy as np

from tideline.domain.evaluation.arrays import Doubles
from tideline.domain.release.judging.answers import CALIBRATION_CALLS, cut_points
from tideline.domain.release.judging.medians import Ranked, evidence_of_ratio
from tideline.domain.release.judging.mixture import Level
from tideline.domain.release.judging.rates import Tally, evidence_of_excess

LEVEL = Level(0.05).split(4)
LOOKS = np.arange(20, 1001, 20)
CHAMPIONS = 9
SHOWN = (100, 300, 1000)
ERROR_RATE, SLOWDOWN, SHIFT = 0.01, 2.0, 0.2
_SEED = 20_220_828

# One release's calls, champion's and challenger's, to whether each look finds the challenger worse.
Finder = Callable[[Doubles, Doubles], Doubles]


def finds_failures(champion: Doubles, challenger: Doubles) -> Doubles:
    """Calls are 1 where they failed."""
    sides = [
        Tally(np.cumsum(calls)[times * LOOKS - 1], (times * LOOKS).astype(float))
        for calls, times in ((champion, CHAMPIONS), (challenger, 1))
    ]
    return evidence_of_excess(*sides, np.full(len(LOOKS), ERROR_RATE)) >= LEVEL.joint


def finds_slowdown(champion: Doubles, challenger: Doubles) -> Doubles:
    """Calls are latencies."""
    found = [
        evidence_of_ratio(Ranked.of(champion[: CHAMPIONS * n]), Ranked.of(challenger[:n]), SLOWDOWN)
        for n in LOOKS
    ]
    return np.array(found) >= LEVEL.joint


def finds_shift(champion: Doubles, challenger: Doubles) -> Doubles:
    """Calls are scores."""
    cuts = cut_points(champion[:CALIBRATION_CALLS, None])
    ours = np.column_stack([cut.holds(champion[CALIBRATION_CALLS:, None]) for cut in cuts]).cumsum(axis=0)
    theirs = np.column_stack([cut.holds(challenger[:, None]) for cut in cuts]).cumsum(axis=0)
    judged = CHAMPIONS * LOOKS - CALIBRATION_CALLS
    first = Tally(ours[judged - 1].ravel().astype(float), judged.repeat(len(cuts)).astype(float))
    second = Tally(theirs[LOOKS - 1].ravel().astype(float), LOOKS.repeat(len(cuts)).astype(float))
    bound = np.full(len(first.hits), SHIFT)
    evidence = np.maximum(evidence_of_excess(first, second, bound), evidence_of_excess(second, first, bound))
    return evidence.reshape(len(LOOKS), -1).max(axis=1) >= LEVEL.split(len(cuts)).joint


def finds_shift_by_band(champion: Doubles, challenger: Doubles) -> Doubles:
    """Calls are scores; the distance of the two empirical distributions less both bands."""
    found = []
    for n in LOOKS:
        first, second = np.sort(champion[: CHAMPIONS * n]), np.sort(challenger[:n])
        points = np.concatenate([first, second])
        below = [np.searchsorted(side, points, side="right") / len(side) for side in (first, second)]
        found.append(np.abs(below[0] - below[1]).max() - band(len(first)) - band(n) > SHIFT)
    return np.array(found)


def band(number: int) -> float:
    """Return the half width that holds at all points and times with half the alpha."""
    return 0.85 * np.sqrt((np.log(np.log(np.e * number)) + 0.8 * np.log(1612 / (LEVEL.alpha / 2))) / number)


def failing(rate: float) -> Callable[[np.random.Generator, int], Doubles]:
    return lambda random, number: (random.random(number) < rate).astype(float)


def lasting(median_ms: float) -> Callable[[np.random.Generator, int], Doubles]:
    """Latencies with a long tail."""
    return lambda random, number: median_ms * random.lognormal(0, 0.5, number)


def answering(shift: float) -> Callable[[np.random.Generator, int], Doubles]:
    """Uniform scores, moved: the largest difference between the distributions is `shift`."""
    return lambda random, number: random.random(number) + shift


def simulate(finder: Finder, champion: Callable, challenger: Callable, *, releases: int) -> Doubles:
    """Return the share of releases in which some look up to each finds the challenger worse."""
    found = np.zeros(len(LOOKS))
    for release in range(releases):
        random = np.random.default_rng([_SEED, release])
        calls = champion(random, CHAMPIONS * LOOKS[-1]), challenger(random, int(LOOKS[-1]))
        found += np.logical_or.accumulate(finder(*calls))
    return found / releases


def main() -> None:
    releases = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    scenarios: list[tuple[str, Finder, Callable, list[tuple[str, Callable]]]] = [
        (
            "failures (champion 1 %, allowed 1 point more)",
            finds_failures,
            failing(0.01),
            [(f"{rate * 100:g} %", failing(rate)) for rate in (0.01, 0.02, 0.05, 0.1, 0.2, 0.5)],
        ),
        (
            "median latency (allowed 2 times)",
            finds_slowdown,
            lasting(10),
            [(f"{times:g} times", lasting(10 * times)) for times in (1, 2, 2.5, 3, 4)],
        ),
        (
            "answers (allowed shift 0.2)",
            finds_shift,
            answering(0),
            [(f"shift {shift:g}", answering(shift)) for shift in (0, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8)],
        ),
        (
            "answers, by the band",
            finds_shift_by_band,
            answering(0),
            [(f"shift {shift:g}", answering(shift)) for shift in (0, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8)],
        ),
    ]
    print(f"| check | challenger | {' | '.join(f'{n} calls' for n in SHOWN)} |")
    print(f"| --- | --- | {' | '.join('---:' for _ in SHOWN)} |")
    for name, finder, champion, cases in scenarios:
        for told, challenger in cases:
            shares = simulate(finder, champion, challenger, releases=releases)
            at = [f"{shares[list(LOOKS).index(n)] * 100:.1f} %" for n in SHOWN]
            print(f"| {name} | {told} | {' | '.join(at)} |", flush=True)


if __name__ == "__main__":
    main()
