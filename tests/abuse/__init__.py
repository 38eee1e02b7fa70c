"""What other servers of this kind fail on, by the id of its case, at every door that it fits.

Each has the answer that the wire contracts promise, in the door's own body, never a fault; and a refusal leaves every
tenant's rows as they were. Where the contracts decide otherwise than the list of cases, the test says so and why.
"""

NO_IMPORTS = "Imports are not there yet."
NO_WEBHOOKS = "Webhooks are not there yet."
NO_SECOND_FACTOR = "There is no second factor yet."

# Cases of what is not there, or what no test of a web request can bring about, and why.
LEFT_OUT = {
    "C17": "Of its tokens only the form's are there: F02 looks for them in the log. Invitations are not there yet.",
    "C18": NO_SECOND_FACTOR,
    "C19": NO_SECOND_FACTOR,
    "D08": f"Of it the jobs and kept payloads of others are tested. {NO_IMPORTS}",
    "D10": NO_WEBHOOKS,
    "E09": NO_IMPORTS,
    "E13": "A half-open line needs a network to cut; the bound is tcp_user_timeout, and E06 has the client's retry.",
    "F07": "There is no proof of work: a signed fill time stands in its place.",
}
