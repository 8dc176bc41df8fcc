"""One file per study; study name = file name = command-line word."""
