"""docs/openapi.yaml, and its copy in JSON that the product reads. `python api_description.py` writes the copy."""

import json
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[3]
COPY = ROOT / "templates/docs/openapi.json"


def description() -> dict:
    return yaml.safe_load((ROOT / "docs/openapi.yaml").read_text("utf-8"))


def copy() -> str:
    return json.dumps(description(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    COPY.write_text(copy(), "utf-8")
