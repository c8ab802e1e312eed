"""``freehold bench``: speed as ratios to a bare Flask view, measured in alternating turns within one run."""
