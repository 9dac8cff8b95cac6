"""The web edge: pages, command line and the one place that opens and commits transactions."""
