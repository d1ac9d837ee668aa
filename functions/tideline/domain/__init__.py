"""Values and rules: no AWS, no I/O, no clock.

One room a part of the loop: `contract` (what people write), `intake` (what they drop), `training` (runs),
`evaluation` (how good a model is), `release` (who answers). What all rooms share lies beside them.
"""
