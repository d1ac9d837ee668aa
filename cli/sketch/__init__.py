"""From a data file to a first spec: what its columns look like, which role each plays, and the text."""
