"""What reps are told of their leads: by the bell and its page, and by e-mail."""

from datetime import timedelta
from smtplib import SMTPRecipientsRefused, SMTPServerDisconnected
from typing import Any

import pytest
import time_machine
from django.core.mail import EmailMessage
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.actors import Actor
from accounts.models import Account, AuditEntry, Membership, User
from accounts.roles import Role
from leadhub.lib.transactions import run
from leads import contact
from leads.assigning import assign, route
from leads.drafts import LeadDraft
from leads.models import Lead, Notice, NoticeKind
from leads.notifying import mail_notices
from teams.models import Rotation
from tests.consoles import change_url, console, list_url, member, text_of
from tests.people import Company, arrive, lead

NASTY = "<b>Jane</b>\r\nBcc: all@victim.test\x1b[2J"


def told(user: User) -> list[str]:
    return list(Notice.objects.filter(user=user).order_by("pk").values_list("kind", flat=True))


def bell_of(client: Client) -> str:
    return str(client.get(reverse("admin:index")).context["bell"]())


def sent(outbox: list[EmailMessage]) -> list[tuple[str, str]]:
    return sorted((mail.to[0], str(mail.subject)) for mail in outbox)


# --- Who is told of what


def test_a_rep_is_told_of_a_lead_that_comes_to_him_and_of_one_that_leaves_him(acme: Company) -> None:
    here = lead(acme.account)
    first, second, third = acme.reps
    ada = Actor(acme.owner.pk, acme.owner.email)

    run(lambda: assign(acme.account, [here.pk], owner_id=second.pk, actor=ada))
    run(lambda: route(acme.account, [here.pk], actor=ada))

    here.refresh_from_db()
    assert here.owner == third
    assert told(first) == [NoticeKind.NEW_LEAD, NoticeKind.TAKEN]
    assert told(second) == [NoticeKind.NEW_LEAD, NoticeKind.TAKEN]
    assert told(third) == [NoticeKind.NEW_LEAD]
    assert told(acme.owner) == []


def test_nobody_is_told_of_what_he_did_himself_nor_one_who_left_of_what_was_handed_over(acme: Company) -> None:
    here = lead(acme.account)
    first, second, _ = acme.reps

    run(lambda: assign(acme.account, [here.pk], owner_id=second.pk, actor=Actor(second.pk, second.email)))
    run(lambda: assign(acme.account, [here.pk], owner_id=first.pk, actor=Actor(second.pk, second.email)))
    run(lambda: route(acme.account, [here.pk], actor=Actor(), cause="hand_over"))

    assert told(second) == [NoticeKind.NEW_LEAD]
    assert told(first) == [NoticeKind.NEW_LEAD, NoticeKind.TAKEN, NoticeKind.NEW_LEAD]


def test_a_rep_is_reminded_and_then_told_that_the_lead_went_on(acme: Company) -> None:
    Rotation.objects.update(contact_minutes=10)
    here = lead(acme.account)

    contact.remind(now=timezone.now() + timedelta(minutes=8))
    contact.pass_on_overdue(now=timezone.now() + timedelta(minutes=11))

    here.refresh_from_db()
    assert told(acme.reps[0]) == [NoticeKind.NEW_LEAD, NoticeKind.REMINDER, NoticeKind.TAKEN]
    assert (here.owner, told(acme.reps[1])) == (acme.reps[1], [NoticeKind.NEW_LEAD])


# --- The bell and its page


@pytest.mark.parametrize(("notices", "shown"), [(0, ""), (1, "1"), (9, "9"), (10, "9+"), (30, "9+")])
def test_the_bell_counts_to_nine(notices: int, shown: str, acme: Company) -> None:
    rep = acme.reps[0]
    here = lead(acme.account)
    Notice.objects.all().delete()
    now = timezone.now()
    Notice.objects.bulk_create(
        Notice(account=acme.account, user=rep, lead=here, kind=NoticeKind.REMINDER, created_at=now)
        for _ in range(notices)
    )

    assert bell_of(console(rep)) == shown


def test_the_bell_is_on_every_page_and_costs_one_query(acme: Company, django_assert_max_num_queries: Any) -> None:
    lead(acme.account)
    client = console(acme.reps[0])
    for url in (reverse("admin:index"), list_url(Lead), list_url(Notice), reverse("admin:switch_account")):
        assert 'aria-label="Notices, 1 unread"' in text_of(client.get(url)), url

    client.get(list_url(Lead))
    with django_assert_max_num_queries(10) as asked:
        client.get(list_url(Lead))
    assert len([each for each in asked.captured_queries if "leads_notice" in each["sql"]]) == 1


def test_who_wants_no_bell_sees_no_count_and_asks_nothing(acme: Company) -> None:
    lead(acme.account)
    User.objects.filter(pk=acme.reps[0].pk).update(wants_bell=False)

    page = text_of(console(acme.reps[0]).get(reverse("admin:index")))

    assert 'aria-label="Notices"' in page


def test_notices_are_one_s_own_whatever_the_role(acme: Company, globex: Company) -> None:
    lead(acme.account, "jane@example.com", first_name="Jane")
    notice = Notice.objects.get()
    shared = acme.reps[0]
    Membership.objects.create(account=globex.account, user=shared, role=Role.OWNER)

    for user in (acme.owner, member(acme, Role.ADMIN), acme.reps[1], globex.owner):
        client = console(user)
        assert client.get(list_url(Notice)).context["cl"].result_count == 0
        assert client.get(change_url(notice)).status_code == 302
        assert client.post(reverse("admin:leads_notice_read")).status_code == 302
        assert bell_of(client) == ""
    elsewhere = console(shared)
    elsewhere.post(reverse("admin:switch_account"), {"account": globex.account.pk})
    assert (bell_of(elsewhere), elsewhere.get(list_url(Notice)).context["cl"].result_count) == ("", 0)

    notice.refresh_from_db()
    assert notice.read_at is None
    assert bell_of(console(shared)) == "1"


def test_the_page_lists_the_newest_first_and_what_is_new_is_bold(acme: Company) -> None:
    rep = acme.reps[0]
    first, second = lead(acme.account, "a@example.com", first_name="Ann"), lead(acme.account, "b@example.com")
    run(lambda: assign(acme.account, [second.pk], owner_id=rep.pk, actor=Actor()))
    Notice.objects.filter(lead=first).update(read_at=timezone.now())

    response = console(rep).get(list_url(Notice))

    assert [each.lead_id for each in response.context["cl"].result_list] == [second.pk, first.pk]
    page = text_of(response)
    assert f'<span class="lh-unread"><a class="lh-link" href="{change_url(second)}">b@example.com</a></span>' in page
    assert f'<a class="lh-link" href="{change_url(first)}">Ann</a>' in page
    assert page.count('class="lh-unread">new</b>') == 1


def test_a_lead_that_went_to_a_colleague_or_was_deleted_is_named_but_not_linked(acme: Company) -> None:
    rep = acme.reps[0]
    gone, deleted = lead(acme.account, "a@example.com"), lead(acme.account, "b@example.com")
    run(lambda: assign(acme.account, [deleted.pk], owner_id=rep.pk, actor=Actor()))
    run(lambda: assign(acme.account, [gone.pk], owner_id=acme.reps[2].pk, actor=Actor()))
    Lead.objects.filter(pk=deleted.pk).update(deleted_at=timezone.now())

    page = text_of(console(rep).get(list_url(Notice)))

    assert "a@example.com" in page
    assert "a lead that was deleted" in page
    assert change_url(gone) not in page
    assert change_url(deleted) not in page


def test_opening_a_lead_marks_what_was_told_of_it_as_read(acme: Company) -> None:
    here, other = lead(acme.account, "a@example.com"), lead(acme.account, "b@example.com")
    Notice.objects.filter(lead=other).update(user=acme.reps[0])
    client = console(acme.reps[0])

    console(acme.owner).get(change_url(here))
    assert bell_of(client) == "2"
    page = text_of(client.get(change_url(here)))

    assert 'aria-label="Notices, 1 unread"' in page
    assert list(Notice.objects.filter(read_at=None).values_list("lead", flat=True)) == [other.pk]


def test_all_can_be_marked_as_read_at_once(acme: Company) -> None:
    lead(acme.account, "a@example.com")
    lead(acme.account, "b@example.com")
    client = console(acme.reps[0])

    client.get(reverse("admin:leads_notice_read"))
    assert bell_of(client) == "1"
    client.post(reverse("admin:leads_notice_read"))

    assert bell_of(client) == ""
    assert Notice.objects.filter(read_at=None).get().user == acme.reps[1]


def test_how_one_is_told_is_one_s_own_choice_and_recorded(acme: Company) -> None:
    rep = acme.reps[0]

    console(rep).post(reverse("admin:leads_notice_told"), {"wants_mail": "on"})

    rep.refresh_from_db()
    assert (rep.wants_bell, rep.wants_mail) == (False, True)
    assert User.objects.filter(wants_bell=False).count() == 1
    assert AuditEntry.objects.latest("pk").changes == {"wants_bell": [True, False]}


# --- E-mail


def test_a_rep_gets_one_mail_for_all_his_news_of_an_account(
    acme: Company, globex: Company, mailoutbox: list[EmailMessage]
) -> None:
    rep = acme.reps[0]
    leads = arrive(acme.account, *(LeadDraft(email=f"{n}@example.com") for n in range(4)))
    Membership.objects.create(account=globex.account, user=rep, role=Role.AGENT)
    other = lead(globex.account, "x@example.com")
    run(lambda: assign(globex.account, [other.pk], owner_id=rep.pk, actor=Actor()))

    dealt_with = mail_notices()

    assert dealt_with == 7
    assert sent(mailoutbox) == [
        ("rep1@acme.test", "1 new lead in Globex"),
        ("rep1@acme.test", "2 new leads in Acme"),
        ("rep1@globex.test", "1 new lead in Globex"),
        ("rep2@acme.test", "1 new lead in Acme"),
        ("rep3@acme.test", "1 new lead in Acme"),
    ]
    [mail] = [mail for mail in mailoutbox if mail.subject == "2 new leads in Acme"]
    assert leads[0].lead is not None
    assert f"- 0@example.com: http://localhost:8000{change_url(leads[0].lead)}\n" in str(mail.body)
    assert mail_notices() == 0


def test_who_wants_no_mail_or_left_gets_none_and_nothing_is_kept_for_later(
    acme: Company, mailoutbox: list[EmailMessage]
) -> None:
    arrive(acme.account, *(LeadDraft(email=f"{n}@example.com") for n in range(3)))
    User.objects.filter(pk=acme.reps[0].pk).update(wants_mail=False)
    Membership.objects.filter(user=acme.reps[1]).update(is_active=False)
    User.objects.filter(pk=acme.reps[2].pk).update(is_active=False)

    assert mail_notices() == 3
    User.objects.update(wants_mail=True, is_active=True)
    Membership.objects.update(is_active=True)

    assert mail_notices() == 0
    assert mailoutbox == []


def test_a_suspended_account_mails_nobody(acme: Company, mailoutbox: list[EmailMessage]) -> None:
    lead(acme.account)
    Account.objects.update(suspended_at=timezone.now())

    mail_notices()

    assert mailoutbox == []


@pytest.mark.parametrize("refusal", [SMTPRecipientsRefused({"rep1@acme.test": (550, b"no")}), ValueError("no address")])
def test_a_bad_address_does_not_keep_others_from_their_mail(
    refusal: Exception, acme: Company, mailoutbox: list[EmailMessage], monkeypatch: pytest.MonkeyPatch
) -> None:
    arrive(acme.account, *(LeadDraft(email=f"{n}@example.com") for n in range(3)))
    refuse(monkeypatch, refusal, only="rep1@acme.test")

    assert mail_notices() == 2

    assert [to for to, _ in sent(mailoutbox)] == ["rep2@acme.test", "rep3@acme.test"]
    assert Notice.objects.get(mailed_at=None).user == acme.reps[0]


def test_a_refused_mail_is_tried_again_in_a_quarter_of_an_hour_with_what_came_meanwhile(
    acme: Company, mailoutbox: list[EmailMessage], monkeypatch: pytest.MonkeyPatch
) -> None:
    with time_machine.travel("2026-03-02T09:00:00Z", tick=False):
        lead(acme.account, "a@example.com", assignee_email="rep1@acme.test")
        tried = refuse(monkeypatch, SMTPRecipientsRefused({}))
        assert mail_notices() == 0
    with time_machine.travel("2026-03-02T09:14:00Z", tick=False):
        lead(acme.account, "b@example.com", assignee_email="rep1@acme.test")
        assert mail_notices() == 0
    assert tried == ["rep1@acme.test"]
    monkeypatch.undo()

    with time_machine.travel("2026-03-02T09:15:00Z", tick=False):
        assert mail_notices() == 2
    assert [mail.subject for mail in mailoutbox] == ["2 new leads in Acme"]


@pytest.mark.parametrize("failure", [ConnectionRefusedError(), TimeoutError(), SMTPServerDisconnected("gone")])
def test_a_server_that_is_away_is_tried_once_a_round_and_again_later(
    failure: Exception, acme: Company, mailoutbox: list[EmailMessage], monkeypatch: pytest.MonkeyPatch
) -> None:
    arrive(acme.account, *(LeadDraft(email=f"{n}@example.com") for n in range(3)))
    tried = refuse(monkeypatch, failure)

    assert mail_notices() == 0
    assert len(tried) == 1
    monkeypatch.undo()

    assert mail_notices() == 3
    assert len(mailoutbox) == 3


def test_what_could_not_be_mailed_for_a_day_is_given_up(
    acme: Company, mailoutbox: list[EmailMessage], monkeypatch: pytest.MonkeyPatch
) -> None:
    lead(acme.account, "a@example.com")
    Notice.objects.update(created_at="2026-03-02T09:00:00Z")
    refuse(monkeypatch, SMTPRecipientsRefused({}))
    with time_machine.travel("2026-03-03T08:46:00Z", tick=False):
        assert mail_notices() == 0
    with time_machine.travel("2026-03-03T09:01:00Z", tick=False):
        assert mail_notices() == 1
    monkeypatch.undo()

    assert mail_notices() == 0
    assert mailoutbox == []


def test_words_of_a_lead_stay_inert_in_a_mail(acme: Company, mailoutbox: list[EmailMessage]) -> None:
    Account.objects.filter(pk=acme.account.pk).update(name="Acme\r\nBcc: all@victim.test")
    lead(acme.account, "jane@example.com", first_name=NASTY, company="x" * 500)

    mail_notices()

    [mail] = mailoutbox
    message = mail.message()
    assert mail.subject == "1 new lead in Acme Bcc: all@victim.test"
    assert (message["Bcc"], message["To"], mail.recipients()) == (None, "rep1@acme.test", ["rep1@acme.test"])
    assert (message.get_content_type(), message.is_multipart()) == ("text/plain", False)
    [line] = [line for line in str(mail.body).splitlines() if "Jane" in line]
    assert line.startswith("- <b>Jane</b> Bcc: all@victim.test [2J")
    assert len(line) < 320
    assert "\x1b" not in str(mail.body)


def test_a_mail_names_twenty_leads_and_counts_the_rest(acme: Company, mailoutbox: list[EmailMessage]) -> None:
    arrive(acme.account, *(LeadDraft(email=f"{n}@example.com") for n in range(69)))

    mail_notices()

    body = str(mailoutbox[0].body)
    assert mailoutbox[0].subject == "23 new leads in Acme"
    assert (body.count("\n- "), "… and 3 more" in body) == (20, True)
    assert body.endswith("All your leads: http://localhost:8000/admin/leads/lead/?show=mine")


def refuse(monkeypatch: pytest.MonkeyPatch, error: Exception, *, only: str = "") -> list[str]:
    """Let the mail server refuse mails, all or those to one address; answers whose were tried."""
    send, tried = EmailMessage.send, []

    def refusing(mail: EmailMessage, *args: Any, **kwargs: Any) -> int:
        tried.append(mail.to[0])
        if only in ("", mail.to[0]):
            raise error
        return send(mail, *args, **kwargs)

    monkeypatch.setattr(EmailMessage, "send", refusing)
    return tried
