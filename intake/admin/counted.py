"""A list whose rows show what came of what each sent, counted for its page alone."""

from typing import Any

from leadhub.lib.lists import Listed


class Counted(Listed):
    """Gives each row of the page its `counts`, which its page's `counts_of` reads at once, and the `desk` it is shown
    at."""

    def get_results(self, request: Any) -> None:
        super().get_results(request)
        rows: list[Any] = list(self.result_list)  # type: ignore[has-type]
        counts = self.model_admin.counts_of(request.account, rows)
        for row in rows:
            row.counts, row.desk = counts[row.pk], request.desk
        self.result_list = rows
