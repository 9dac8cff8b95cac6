"""Reads, checks and compares BPMN diagrams; knows no database, no web and no engine."""
