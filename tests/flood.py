"""A flood of leads: clients that do not give up, reps who come and go meanwhile, and what must be true afterwards."""

import http.client
import json
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import Any

from django.db import connection

from accounts.models import AuditEntry, Event, User
from leadhub.lib.sql import fetch
from leadhub.lib.transactions import run
from teams.members import set_membership
from teams.models import Rotation, RotationMember, RoutingRule, Team
from teams.rotations import save_rotation, set_members
from teams.routing import Member, State, take_turn
from teams.ruling import save_rule
from tests.people import Company, company, rotation, source
from tests.waiting import PATIENCE

# To so many leads by day comes one of the state that a rule gives to the night's rotation.
NIGHT, BY_NIGHT = "NV", 10
# Nothing is known yet of what became of it: the first is still in progress (in either door's words), or unavailable.
COME_AGAIN = {409, 429, 503}


@dataclass
class Place:
    """Seven reps in the default rotation, of whom the first four stay; a rotation for the night; two doors."""

    company: Company
    day: Rotation
    night: Rotation
    doors: list[tuple[str, dict[str, str]]]

    @property
    def steady(self) -> list[User]:
        return self.company.reps[:4]


def place() -> Place:
    made = company("Seven", reps=7)
    account = made.account
    # Nobody is there to take the mails.
    User.objects.update(wants_mail=False)
    team = Team.objects.create(account=account, name="Night")
    night = rotation(account, [made.owner], team=team)
    conditions = [{"field": "state", "op": "equals", "value": NIGHT}]
    rule = RoutingRule(account=account, name="By night", conditions=conditions, rotation=night)
    save_rule(rule, by=made.owner)
    vendor, secret = source(account, made.owner)
    doors = [
        ("/v1/leads", {"X-Api-Key": made.key}),
        ("/leads/intake", {"X-Leadping-Source-Id": str(vendor.uuid), "X-Leadping-Source-Key": secret}),
    ]
    return Place(made, Rotation.objects.for_account(account).get(team=None), night, doors)


# --- clients ---


@dataclass(frozen=True)
class Post:
    """A request, with an Idempotency-Key of its own; all of them are of different people."""

    path: str
    headers: dict[str, str]
    body: bytes
    email: str


@dataclass(frozen=True)
class Receipt:
    """A post that was acknowledged, how, and why it had to be repeated."""

    post: Post
    body: bytes
    repeats: list[str] = field(default_factory=list)
    is_replayed: bool = False

    @property
    def lead(self) -> tuple[str, str]:
        """Its e-mail, and its id as the door says it."""
        told = json.loads(self.body)
        return self.post.email, told["data"]["_id"] if "data" in told else told["id"]


def posts(place: Place, count: int) -> list[Post]:
    """So many by day, and some by night on top; either by both doors."""
    by_day = [post(place, number, state="WA") for number in range(count)]
    by_night = [post(place, number, state=NIGHT) for number in range(count, count + count // BY_NIGHT)]
    return random.Random(7).sample([*by_day, *by_night], len(by_day) + len(by_night))


def post(place: Place, number: int, *, state: str) -> Post:
    path, credential = place.doors[number % 2]
    email = f"person{number}@flood.example.com"
    body = {"email": email, "firstName": "Jane", "lastName": f"Doe {number}", "state": state}
    headers = credential | {"Content-Type": "application/json", "Idempotency-Key": f"flood-{number}"}
    return Post(path, headers, json.dumps(body).encode(), email)


class Client:
    """A keep-alive client that repeats its post until it is told what became of it."""

    def __init__(self, port: int) -> None:
        self.line = http.client.HTTPConnection("127.0.0.1", port, timeout=20)

    def close(self) -> None:
        self.line.close()

    def send(self, post: Post) -> Receipt:
        repeats: list[str] = []
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            try:
                status, replayed, body = self.ask(post)
            except (OSError, http.client.HTTPException) as error:
                self.line.close()
                status, why = 0, type(error).__name__
            else:
                why = str(status)
            if status == 201:
                return Receipt(post, body, repeats, replayed)
            assert status in COME_AGAIN | {0}, (status, body)
            repeats.append(why)
            time.sleep(random.uniform(0.05, 0.2))
        raise AssertionError(f"{post.email} was not acknowledged: {Counter(repeats)}")

    def ask(self, post: Post) -> tuple[int, bool, bytes]:
        self.line.request("POST", post.path, post.body, post.headers)
        answer = self.line.getresponse()
        return answer.status, answer.getheader("Idempotency-Replayed") == "true", answer.read()


# What happens once this share of the posts is acknowledged.
type Mishap = tuple[float, Callable[[], Any]]


def pour(port: int, posts: Sequence[Post], *, clients: int, mishaps: Sequence[Mishap] = ()) -> list[Receipt]:
    """Send all posts, as many at once as there are clients; every one is acknowledged in the end."""
    receipts: list[Receipt] = []
    waiting: SimpleQueue[Post] = SimpleQueue()
    for each in posts:
        waiting.put(each)

    def send_some() -> None:
        with closing(Client(port)) as client:
            while True:
                try:
                    receipts.append(client.send(waiting.get_nowait()))
                except Empty:
                    return

    with ThreadPoolExecutor(clients) as pool:
        running = [pool.submit(send_some) for _ in range(clients)]
        for share, happen in mishaps:
            while len(receipts) < share * len(posts) and not all(sender.done() for sender in running):
                time.sleep(0.01)
            happen()
    for sender in running:
        sender.result()
    return receipts


# --- reps who come and go ---


@dataclass(frozen=True)
class Change:
    """From the lead after this id on, this rep takes no leads, as `why` says, or takes them again where it is empty.

    Leads get their ids while their rotation is locked, and so is the last id read while the change holds it: whatever
    has a greater one comes after the change, and nothing else does.
    """

    after: int
    user_id: int
    why: str


LAST_ID = "SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM leads_lead_id_seq"


@dataclass
class Coming:
    """Rep 5 pauses, rep 6 is deactivated, rep 7 is taken out of the rotation, and each comes back, again and again.

    The night's only rep does as rep 5, so that its leads are held now and then, and released.
    """

    place: Place
    changes: list[Change] = field(default_factory=list)
    away: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        fifth, sixth, seventh = self.place.company.reps[4:]
        self.acts: dict[User, tuple[str, Callable[[User, bool], None]]] = {
            fifth: ("paused", lambda rep, is_away: pause(self.place.day, rep, is_away)),
            sixth: ("inactive", set_inactive),
            seventh: ("left", self.leave),
            self.place.company.owner: ("paused", lambda rep, is_away: pause(self.place.night, rep, is_away)),
        }

    def leave(self, rep: User, is_away: bool) -> None:
        stay = [each.pk for each in self.place.company.reps if each != rep or not is_away]
        set_members(self.place.day, stay)

    def turn(self, rep: User) -> None:
        """Send the rep away, or let him come back."""
        why, act = self.acts[rep]
        is_away = rep.pk not in self.away

        def change() -> int:
            act(rep, is_away)
            [(last,)] = fetch(LAST_ID)
            return int(last)

        self.changes.append(Change(run(change), rep.pk, why if is_away else ""))
        self.away ^= {rep.pk}

    def go_on(self, stop: threading.Event) -> None:
        chance, round_ = random.Random(7), list[User]()
        try:
            while not stop.wait(chance.uniform(0, 0.04)):
                # Each once before any comes again, so that all do also where few changes come through.
                round_ = round_ or chance.sample(list(self.acts), len(self.acts))
                self.turn(round_.pop())
            for rep in self.acts:
                if rep.pk in self.away:
                    self.turn(rep)
        finally:
            connection.close()


def pause(rotation: Rotation, rep: User, is_away: bool) -> None:
    """As the rotation's page in the console does it."""
    save_rotation(rotation, fields=["updated_at"])
    place = RotationMember.objects.for_account(rotation.account_id).get(rotation=rotation, user=rep)
    place.is_paused = is_away
    place.save()


def set_inactive(rep: User, is_away: bool) -> None:
    membership = rep.memberships.get()
    set_membership(membership, role=membership.role, is_active=not is_away)


@contextmanager
def coming_and_going(place: Place) -> Iterator[Coming]:
    """Reps come and go until the end, when all are back."""
    coming, stop = Coming(place), threading.Event()
    with ThreadPoolExecutor(1) as pool:
        going = pool.submit(coming.go_on, stop)
        try:
            yield coming
        finally:
            stop.set()
        going.result()


# --- afterwards ---


@dataclass(frozen=True)
class Turn:
    """A turn of the default rotation as the audit tells it, and who was away at that moment, and why."""

    lead_id: int
    told: dict[str, Any]
    away: Mapping[int, str]


def turns(place: Place, changes: Sequence[Change]) -> list[Turn]:
    """All of them in the order of commits, which is that of ids."""
    entries = AuditEntry.objects.for_account(place.company.account).filter(event=Event.LEAD_CREATED)
    taken: list[Turn] = []
    coming = list(changes)
    away: dict[int, str] = {}
    for lead_id, data in entries.order_by("object_id").values_list("object_id", "additional_data"):
        while coming and coming[0].after < lead_id:
            change = coming.pop(0)
            away = {**away, change.user_id: change.why}
        if data["routing"]["rotation"]["id"] == place.day.pk:
            taken.append(Turn(lead_id, data["routing"], away))
    return taken


def running_difference(place: Place, turns: Sequence[Turn]) -> int:
    """By how many leads two of the steady reps ever differed, after each commit."""
    counts = {rep.email: 0 for rep in place.steady}
    worst = 0
    for turn in turns:
        if turn.told["owner"] in counts:
            counts[turn.told["owner"]] += 1
            worst = max(worst, max(counts.values()) - min(counts.values()))
    return worst


def given_while_away(place: Place, turns: Sequence[Turn]) -> list[int]:
    """Leads that went to a rep who took none at that moment."""
    ids = {rep.email: rep.pk for rep in place.company.reps}
    return [turn.lead_id for turn in turns if turn.away.get(ids[turn.told["owner"]])]


def missed(place: Place, turns: Sequence[Turn]) -> Counter[str]:
    """How many leads were given while each of the others was away."""
    emails = {rep.pk: rep.email for rep in place.company.reps}
    return Counter(emails[user_id] for turn in turns for user_id, why in turn.away.items() if why and user_id in emails)


def by_one_hand(place: Place, turns: Sequence[Turn]) -> list[tuple[str | None, list[dict[str, Any]]]]:
    """Owners and candidates as the pure rule gives them when the same leads and changes come one after the other."""
    state, expected = State(), []
    for each in turns:
        here = [rep for rep in place.company.reps if each.away.get(rep.pk) != "left"]
        members = [Member(rep.pk, rep.email, left_out=each.away.get(rep.pk, "")) for rep in here]
        turn = take_turn(state, members)
        candidates = [candidate.as_json() for candidate in turn.candidates]
        expected.append((turn.member.email if turn.member else None, candidates))
    return expected


# Leads without exactly one creation entry, exactly one entry that says who has it, and exactly one notice to him.
FAULTY = """
SELECT lead.id, owner.email, entries.created, entries.owners, notices.told
FROM leads_lead lead
LEFT JOIN accounts_user owner ON owner.id = lead.owner_id
CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE entry.event = 'lead_created') AS created,
        array_agg(entry.additional_data #>> '{routing,owner}')
            FILTER (WHERE entry.additional_data #>> '{routing,owner}' IS NOT NULL) AS owners
    FROM accounts_auditentry entry JOIN django_content_type type ON type.id = entry.content_type_id
    WHERE entry.account_id = lead.account_id AND entry.object_id = lead.id AND type.model = 'lead'
) entries
CROSS JOIN LATERAL (
    SELECT array_agg(notice.user_id) AS told FROM leads_notice notice
    WHERE notice.account_id = lead.account_id AND notice.lead_id = lead.id AND notice.kind = 'new_lead'
) notices
WHERE lead.account_id = %(account)s::bigint AND (entries.created, entries.owners, notices.told)
    IS DISTINCT FROM (1, ARRAY[owner.email]::text[], ARRAY[lead.owner_id])
ORDER BY lead.id
"""


def faulty(place: Place) -> list[tuple[Any, ...]]:
    return fetch(FAULTY, account=place.company.account.pk)
