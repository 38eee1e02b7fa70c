"""What form widgets of the console share."""

from typing import Any

from django import forms


class ManyInputs(forms.Widget):
    """A widget of several inputs: none is demanded by itself, and no label points at it."""

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return False

    def use_required_attribute(self, initial: Any) -> bool:
        return False

    def id_for_label(self, id_: str) -> str:
        return ""
