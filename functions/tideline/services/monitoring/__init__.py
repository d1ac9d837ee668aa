"""A look at a live version: what is counted, compared, judged, kept and told."""
