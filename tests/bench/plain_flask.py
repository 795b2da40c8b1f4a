"""What one would write first: a Flask view that saves ``request.files``. Run with folder and port."""

import sys
import tempfile
from pathlib import Path

import waitress
from flask import Flask, request


def main(folder: str, port: int) -> None:
    tempfile.tempdir = folder
    app = Flask(__name__)

    @app.post("/")
    def take() -> str:
        request.files["file"].save(Path(folder) / "saved")
        return "saved"

    waitress.serve(app, host="127.0.0.1", port=port, max_request_body_size=2**40)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
