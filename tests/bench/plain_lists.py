"""What one would write first: a page of entries as objects, dumped by marshmallow. Run by gunicorn."""

import os

from flask import Flask, jsonify, request
from sqlalchemy import select
from sqlalchemy.orm import selectinload
from werkzeug.wrappers import Response

from catalog.db import open_database
from catalog.models import Dataset
from catalog.services.visibility import public
from schemas.datasets import DatasetSummary

PAGE = 20


def make() -> Flask:
    """The application over the database that the environment names."""
    app = Flask(__name__)
    database = open_database(os.environ["BENCH_DATABASE_URL"])

    @app.get("/")
    def page() -> Response:
        before = int(request.args["before"])
        with database.read() as session:
            found = session.scalars(
                select(Dataset)
                .where(public(), Dataset.id < before)
                .options(selectinload(Dataset.unit))
                .order_by(Dataset.id.desc())
                .limit(PAGE)
            )
            return jsonify(DatasetSummary(many=True).dump(found))

    return app
