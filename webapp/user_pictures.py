"""The user-oriented picture in the reader's words: what is drawn, and the same to be read.

It will not decide what is in it: `workflows.user_picture` does.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from flask_babel import gettext as _
from flask_babel import ngettext

from webapp import networks
from webapp.display import translated
from workflows.user_picture import Helper, Item, Picture, Words


@dataclass(frozen=True)
class Drawn:
    """A picture in its two shapes, and in one sentence."""

    wide: networks.Drawing
    stacked: networks.Drawing
    sentence: str


def said(words: Words) -> str:
    """A text in the reader's language where it is ours, else as it was written."""
    if not words.ours:
        return words.text
    return ", ".join(translated(line) for line in words.text.splitlines())


def drawn(picture: Picture) -> Drawn:
    """A picture as geometry, with the words cut to what there is room for."""
    what = networks.Surroundings(
        middle=networks.Node(", ".join(picture.persons), _own(picture)),
        near=[
            networks.Group(heading, [_near(item) for item in items])
            for heading, items in (
                (_("Det som påvirker"), picture.factors),
                (_("Arenaer"), picture.arenas),
            )
            if items
        ],
        around=networks.Group(_("Tjenester og tiltak"), [_helper(one) for one in picture.helpers]),
        ties=[tie.between for tie in picture.ties],
        more=_("og %d til"),
    )
    return Drawn(networks.wide(what), networks.stacked(what), _sentence(picture))


def _own(picture: Picture) -> list[str]:
    count = len(picture.own)
    return [ngettext("%(num)d eget tiltak", "%(num)d egne tiltak", count)] if count else []


def _near(item: Item) -> networks.Node:
    return networks.Node(said(item.name), [said(one.words) for one in item.said[:1]])


def _helper(helper: Helper) -> networks.Node:
    measures = [said(item.name) for item in helper.measures]
    if len(measures) > networks.MOST_LINES:
        left = len(measures) - networks.MOST_LINES + 1
        measures = [*measures[: networks.MOST_LINES - 1], _("og %d til") % left]
    return networks.Node(said(helper.name), measures)


def _sentence(picture: Picture) -> str:
    """What the picture holds, for those who cannot see it."""
    words = _("%(names)s er i midten.", names=_listed(picture.persons))
    counts = (
        ngettext(
            "%(num)d forhold som påvirker", "%(num)d forhold som påvirker", len(picture.factors)
        ),
        ngettext("%(num)d arena", "%(num)d arenaer", len(picture.arenas)),
        ngettext("%(num)d som hjelper", "%(num)d som hjelper", len(picture.helpers)),
        ngettext("%(num)d linje mellom dem", "%(num)d linjer mellom dem", len(picture.ties)),
    )
    return words + " " + _("Rundt: %(counts)s.", counts=", ".join(counts))


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)
