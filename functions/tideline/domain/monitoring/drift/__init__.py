"""Whether what a version is asked, and what it answers, is distributed as it was."""
