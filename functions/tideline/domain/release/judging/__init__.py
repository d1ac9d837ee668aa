"""Is a version under release certainly worse than the champion? Tests that may be looked at at any time.

The judge looks again and again at evidence that grows, and a test made for one look would raise a false alarm
sooner or later. So everything here is valid at every look at once (anytime-valid): a likelihood of the data
under a mixture of rates, divided by that under the true rate, is a martingale that begins at 1, and by
Ville's (1939) inequality it ever reaches 1 / alpha with a chance of at most alpha.

What the numbers cannot tell:

- Calls count as independent. A caller with very many calls, or a burst of equal ones, counts as many
  callers, and the chance of a false alarm is then higher than promised.
- Only calls of the current step are compared, the same period on both sides, so that a busy hour or a drift
  of the inputs does not look like a difference between versions; within the period callers are told apart by
  a hash, not by time. What a step before has shown is not remembered.
- Outcomes that are known sooner, or only, after some answers (who was refused a loan never fails to pay it
  back) make a version that gives other answers look better or worse than it is.
- A chance of `1 - evaluation.confidence` of ever calling a version worse that is within all bounds holds for
  the whole release: it is split evenly over its steps, the kinds of checks and the parts of a check
  (Bonferroni).
"""
