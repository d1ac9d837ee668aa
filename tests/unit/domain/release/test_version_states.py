from __future__ import annotations

from tideline.domain.release.version import TRANSITIONS, VersionState


def test_every_state_says_what_may_follow() -> None:
    assert set(TRANSITIONS) == set(VersionState)


def test_what_was_rejected_never_goes_live() -> None:
    reached, queue = set(), [VersionState.REJECTED]
    while queue:
        state = queue.pop()
        reached.add(state)
        queue.extend(TRANSITIONS[state] - reached)
    assert VersionState.LIVE not in reached


def test_what_was_live_may_come_back() -> None:
    assert VersionState.LIVE in TRANSITIONS[VersionState.RETIRED]
    assert VersionState.CANDIDATE not in TRANSITIONS[VersionState.RETIRED]
    assert VersionState.LIVE in TRANSITIONS[VersionState.ROLLED_BACK]


def test_only_a_release_that_came_to_nothing_makes_a_candidate_again() -> None:
    before = {state for state, following in TRANSITIONS.items() if VersionState.CANDIDATE in following}
    assert before == {VersionState.AWAITING_APPROVAL, VersionState.APPROVED, VersionState.RELEASING}
