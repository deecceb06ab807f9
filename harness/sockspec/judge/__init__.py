"""What was seen and what it means: run files, profiles, verdicts, comparisons."""
