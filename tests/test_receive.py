from leads.drafts import LeadDraft
from leads.outcomes import Verdict
from tests.people import Company, arrive


def test_a_known_person_is_linked_and_goes_to_the_rep_who_has_the_primary(acme: Company) -> None:
    [first] = arrive(acme.account, LeadDraft(email="jane@example.com"))
    [again] = arrive(acme.account, LeadDraft(email=" JANE@Example.com "))

    assert (first.verdict, again.verdict) == (Verdict.CREATED, Verdict.LINKED)
    assert again.lead.duplicate_of_id == first.lead.pk
    assert again.lead.owner_id == first.lead.owner_id
