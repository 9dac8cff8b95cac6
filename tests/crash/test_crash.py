"""The crash suite in its short form, on this run's database. `make crash` is all of it."""

import subprocess
import sys
from pathlib import Path

from databases import Databases, PostgreSQL

ROOT = Path(__file__).parents[2]
KILLS = 12


def test_nothing_is_lost_doubled_or_early(databases: Databases) -> None:
    """What runs is killed at commit points and at random under load, and all of it goes on."""
    kind = "postgresql" if isinstance(databases, PostgreSQL) else "sqlite"
    command = (sys.executable, "-m", "tests.crash", "--short", "--kills", str(KILLS))
    done = subprocess.run(
        [*command, "--database", kind],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
        timeout=300,
    )
    last = done.stdout.splitlines()[-1]
    assert last.endswith(" kills: 0 lost, 0 doubled, 0 early"), done.stdout
    assert int(last.split()[0]) >= KILLS
    assert done.returncode == 0, done.stdout


SPOILED = {
    "delete from history_entry where answers like '%m%' and kind = 'completed'": "m was acknowl",
    "update history_entry set answers = null where kind = 'completed'": "an effect of m without",
    "delete from crash_effect": "the effect of m is missing",
    "insert into crash_effect select * from crash_effect": "2 effects of m",
    "delete from history_entry where element = 'vent'": "did not fire",
    "update history_entry set at = '2020-01-01 00:00:00.000000' where kind = 'fired'": "too early",
    "delete from open_task": "open_task",
    "delete from webhook_delivery": "nobody was told",
    "update consent set not_shared = 'x' where not_shared = 's'": "the consent of s: 1 missing",
    "update consent set not_shared = 's'": "the consent of s: 1 too many",
    "update consent set withdrawn_at = null": "was withdrawn, and is not",
    "update consent set withdrawn_at = decided_at": "nobody withdrew consent",
    "delete from audit_entry where action = 'consent:give'": "'consent:give'): 2 missing",
    "delete from audit_entry where action = 'consent:withdraw'": "'consent:withdraw'): 1 missing",
    "update audit_entry set action = 'consent:give' where action = 'consent:withdraw'": "1 too m",
    "delete from history_entry where element = 'alt_trukket'": "the end of a consent of",
    "update history_entry set element = 'trukket' where kind = 'fired'": "the end of a consent of",
    "update consent set expiry_told_at = null": "something that should have moved",
    "delete from history_entry where element = 'fornyes'": "the reminder of",
    "update consent set renewal_asked_at = null where not_shared = 's'": "the reminder of",
    "update history_entry set kind = 'completed' where element = 'fornyes'": "the reminder of",
    "delete from open_task where element = 'paaminnelse'": "the reminder's task of",
    "update open_task set element = 'paaminnelse'": "the reminder's task of",
    "update open_task set assignee_id = (select id from account where name = 'Vikar')": "moved",
    "insert into idempotency_key values (x'00', '', '', '', 200, '', null, '2020-01-01')": "moved",
}
"""What is done to the rows → what the judge says of it."""


def test_the_judge_sees_every_fault() -> None:
    """Rows that are lost, doubled or early by hand are found, and of whole ones nothing is said."""
    judged = subprocess.run(
        (sys.executable, "-m", "tests.crash.spoiled", *SPOILED),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    whole, *spoiled = judged.stdout.splitlines()
    assert whole == ""
    for said, (statement, sentence) in zip(spoiled, SPOILED.items(), strict=True):
        assert sentence in said, statement
