"""The page of one evaluation round: what the meeting looks at, and afterwards its minutes.

It draws what `workflows.evaluation_reviews` gives; the meeting's task page draws the same.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from webapp import charts
from webapp.edge import current_actor, permission, transaction, translated
from workflows import access, evaluation_reviews
from workflows.evaluation_reviews import ATTAINMENT, Voice

blueprint = Blueprint("evaluations", __name__, url_prefix="/evalueringer")


@blueprint.get("/<uuid:evaluation_id>")
@permission(access.READ_PLAN)
def show(evaluation_id: UUID) -> ResponseReturnValue:
    """One round."""
    with transaction() as session:
        actor = current_actor(session)
        page = evaluation_reviews.read_review(session, actor, evaluation_id, say=translated)
    return render_template(
        "evaluations/show.html",
        page=page,
        review=page.review,
        own=page.person.id in actor.persons,
        **drawing(),
    )


def drawing() -> Mapping[str, Any]:
    """What the templates of a review draw with."""
    return {
        "person_trend": person_trend,
        "service_trend": service_trend,
        "attained": attained,
        "signed": charts.signed,
    }


def person_trend(voice: Voice) -> charts.Trend | None:
    """How a person's own rating has gone, 0 to 10."""
    return charts.trend(_scores(voice), _rounds(voice))


def service_trend(voice: Voice) -> charts.Trend | None:
    """How a service's rating has gone, −2 to +2."""
    return charts.trend(_scores(voice), _rounds(voice), 2, bottom=-2, height=charts.LOW)


def _scores(voice: Voice) -> list[int | None]:
    return [each.score for each in voice.points]


def _rounds(voice: Voice) -> list[str]:
    return [str(each.round) for each in voice.points]


def attained(score: int) -> str:
    """A service's rating in words with its number: «Som vi ventet (0)»."""
    return f"{translated(ATTAINMENT[score])} ({charts.signed(score)})"
