"""Refers a person with the client that openapi-python-client makes: refer.py URL TOKEN REFERENCE."""

import json
import sys
from datetime import date

from intake import AuthenticatedClient
from intake.api.referrals import list_referrals, receive_referral
from intake.models import NewReferral, PersonRecord, Problem, ReferralList, Referred

url, token, reference = sys.argv[1:]
client = AuthenticatedClient(base_url=url, token=token, timeout=60)
person = PersonRecord(
    given_name="Robin",
    family_name=reference,
    date_of_birth=date(1985, 5, 5),
    email=f"{reference.lower()}@people.invalid",
)
referral = NewReferral(site="bc", protocol_id="weekly6", reference=reference, person=person)

created = receive_referral.sync_detailed(client=client, body=referral)
assert isinstance(created.parsed, Referred), created
again = receive_referral.sync_detailed(client=client, body=referral)
assert isinstance(again.parsed, Problem), again
listed = list_referrals.sync(client=client, reference=reference)
assert isinstance(listed, ReferralList), listed

told = {
    "statuses": [created.status_code, again.status_code],
    "program_id": str(created.parsed.program_id),
    "rule": again.parsed.rule,
    "listed": [{"program_id": str(row.program_id), "state": row.state.value} for row in listed.items],
}
print(json.dumps(told))
