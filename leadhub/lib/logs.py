"""What is written of what happens: a line an event, as JSON in production; and never a value that somebody sent.

An error's text can hold such values (PostgreSQL names the row that a constraint refused), and so can the messages of
libraries. So an exception is told by its type, where it rose and what the database calls it; a library's message by its
words, without what they were filled with.
"""

import logging
import logging.config
import sys
import traceback
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson
import psycopg
import structlog
from structlog.stdlib import ProcessorFormatter
from structlog.typing import EventDict as Event

ROOT = str(Path(__file__).resolve().parents[2])
OURS = ("accounts", "intake", "leadhub", "leads", "teams")
# Their finished messages hold addresses of ours and ids, and nothing that was sent.
TRUSTED = ("_granian", "procrastinate")
WITHHELD = "…"
# Of the server and the way to it: PostgreSQL's words for these speak of no row.
SERVERS_OWN = ("08", "28", "3D", "53", "57", "58")
CHAIN, FRAMES = 5, 40


def configure(config: dict[str, Any]) -> None:
    """Django's LOGGING_CONFIG: the standard library's loggers and structlog's, through one formatter."""
    logging.config.dictConfig(config)
    if config["formatters"]["line"]["serving"]:
        logging.captureWarnings(True)
        # The library tells of a line that cannot be written by printing all that was to go into it.
        logging.raiseExceptions = False
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *COMMON, ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def formatter(*, as_json: bool, serving: bool) -> ProcessorFormatter:
    """`serving` is for `configure`: where people's requests are answered, warnings are logged too."""
    return ProcessorFormatter(
        foreign_pre_chain=[without_values, *COMMON],
        processors=[with_error, ProcessorFormatter.remove_processors_meta, json_line if as_json else plain_line],
        use_get_message=False,
        pass_foreign_args=True,
    )


class OnlyFaults(logging.Filter):
    """Lets exceptions through, and not that a refusal was answered: the request's own line says that.

    Nor that the database is away (503): its pool says so, once, and not every request.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        return record.exc_info is not None and getattr(record, "status_code", 500) != 503


# --- messages ---


def without_values(logger: Any, name: str, event: Event) -> Event:
    """A record of the standard library: its words, filled with no more than numbers, exceptions and words of ours."""
    record, arguments = event["_record"], event.pop("positional_args", ())
    event["event"] = message(record, arguments)
    if event["event"] == WITHHELD:
        event["at"] = f"{short(record.pathname)}:{record.lineno}"
    return event


def message(record: logging.LogRecord, arguments: Any) -> str:
    words, ours = str(record.msg), record.name.split(".")[0] in OURS
    if record.name == "django.request":
        return "A request failed by a fault of ours."
    if record.name == "py.warnings":
        # path:line: category: text
        return ": ".join(str(arguments[0] if arguments else words).split(": ", 2)[:2])
    if not arguments:
        return words if ours or record.name.split(".")[0] in TRUSTED[1:] or record.name in TRUSTED else WITHHELD
    try:
        return words % filled(arguments, ours=ours)
    except (TypeError, ValueError, KeyError):
        return words


def filled(arguments: Any, *, ours: bool) -> Any:
    if isinstance(arguments, Mapping):
        return {name: safe(value, ours=ours) for name, value in arguments.items()}
    return tuple(safe(value, ours=ours) for value in arguments)


def safe(value: Any, *, ours: bool) -> Any:
    if isinstance(value, BaseException):
        return told(value)
    return value if ours or value is None or isinstance(value, bool | int | float) else WITHHELD


# --- exceptions ---


def with_error(logger: Any, name: str, event: Event) -> Event:
    """The exception of an event as fields: `error`, what the database calls it, and the `stack`, the cause's first."""
    error = raised(event.pop("exc_info", None))
    event.pop("stack_info", None)
    if error is None:
        return event
    event["error"] = " from ".join(type_name(each) for each in chain(error))
    for each in chain(error):
        if isinstance(each, psycopg.Error):
            event.update(names_of(each))
    event["stack"] = [frame for each in reversed([*chain(error)]) for frame in frames(each)][-FRAMES:]
    return event


def told(error: BaseException) -> str:
    """An exception in one line: its type, and what the database calls it or the server says of itself."""
    database = next((each for each in chain(error) if isinstance(each, psycopg.Error)), None)
    names = names_of(database) if database else {}
    return " ".join([type_name(error), *(f"{name}={value}" for name, value in names.items())])


def raised(exc_info: Any) -> BaseException | None:
    if isinstance(exc_info, BaseException):
        return exc_info
    if exc_info is True:
        exc_info = sys.exc_info()
    return exc_info[1] if isinstance(exc_info, tuple) else None


def chain(error: BaseException) -> Iterator[BaseException]:
    """The exception and those it came from, as far as one wants to know."""
    each: BaseException | None = error
    for _ in range(CHAIN):
        if each is None:
            return
        yield each
        each = each.__cause__ or (None if each.__suppress_context__ else each.__context__)


def names_of(error: psycopg.Error) -> dict[str, str]:
    """What a database's error concerns: names out of the schema, and no row's values."""
    names = {"sqlstate": error.sqlstate, "constraint": error.diag.constraint_name, "table": error.diag.table_name}
    if isinstance(error, psycopg.OperationalError) and (error.sqlstate or "08")[:2] in SERVERS_OWN:
        names["server"] = " ".join((error.diag.message_primary or str(error)).split())[:300]
    return {name: value for name, value in names.items() if value}


def frames(error: BaseException) -> list[str]:
    walked = traceback.walk_tb(error.__traceback__)
    return [f"{short(frame.f_code.co_filename)}:{line} {frame.f_code.co_name}" for frame, line in walked]


def type_name(error: BaseException) -> str:
    return f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins.")


def short(path: str) -> str:
    return path.rpartition("site-packages/")[2].removeprefix(f"{ROOT}/")


# --- lines ---


def json_line(logger: Any, name: str, event: Event) -> str:
    return orjson.dumps(event, default=str).decode()


def plain_line(logger: Any, name: str, event: Event) -> str:
    """For a person at a terminal: time, level, what, the rest as key=value, and the stack below."""
    stack = event.pop("stack", [])
    first = [event.pop(part, "") for part in ("timestamp", "level", "logger", "event")]
    pairs = [f"{key}={value}" for key, value in event.items()]
    return "\n    ".join([" ".join([*first, *pairs]), *stack])


COMMON: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]
