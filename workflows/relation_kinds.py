"""The kinds of people close to a person."""

from workflows.texts import _

KINDS = {
    "mor": _("Mor"),
    "far": _("Far"),
    "forelder": _("Forelder"),
    "verge": _("Verge"),
    "fosterforelder": _("Fosterforelder"),
    "soesken": _("Søsken"),
    "partner": _("Partner"),
    "annen": _("Annen"),
}
PARENTS = frozenset({"mor", "far", "forelder", "fosterforelder"})
"""Those who act for a child by being its parents: no longer than it is a child."""
