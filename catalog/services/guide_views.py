"""Guidelines as plain values, the same for pages and API."""

from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from catalog.auth import Identity
from catalog.models import GuidelineEdition
from catalog.services import guides


def listed(session: Session, on: date) -> list[dict[str, Any]]:
    """Every guideline that has been published, with the edition in force on a day."""
    rows = []
    for one in guides.every(session):
        held = guides.in_force(one, on)
        published = [edition for edition in one.editions if edition.published_at]
        if not published:
            continue
        said = held or published[-1]
        follow = guides.following(session, held) if held else {}
        rows.append(
            {
                "slug": one.slug,
                "kind": one.kind,
                "title": said.title,
                "summary": said.summary,
                "edition": held.number if held else None,
                "effective_on": said.effective_on,
                "editions": len(published),
                "followed_by": sum(found.tables for found in follow.values()),
                "url": f"/guides/{one.slug}",
            }
        )
    return rows


def shown(session: Session, actor: Identity, made: GuidelineEdition) -> dict[str, Any]:
    """One edition with its schemas and who follows each."""
    follow = guides.following(session, made)
    slug = made.guideline.slug
    return {
        "slug": slug,
        "kind": made.guideline.kind,
        "number": made.number,
        "state": made.state,
        "title": made.title,
        "summary": made.summary,
        "body": made.body,
        "changes": made.changes,
        "effective_on": made.effective_on,
        "sha256": made.sha256,
        "schemas": [
            {
                "name": one["name"],
                "title": one["title"],
                "own": bool(one["schema"]),
                "url": f"/guides/{slug}/schemas/{one['name']}.json"
                if one["schema"]
                else f"/standards/{one['name']}",
                "following": {
                    "units": follow[one["name"]].units,
                    "entries": follow[one["name"]].entries,
                    "tables": follow[one["name"]].tables,
                },
            }
            for one in made.schemas
        ],
        "editions": [one.number for one in guides.visible(actor, made.guideline)],
    }
