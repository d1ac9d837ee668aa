"""Releases as people ask for them and see them: strategies, who answers whom, what there is to go back to."""
