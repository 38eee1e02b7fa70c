"""The demo's leads: (door, status it has reached, draft)."""

from leads.drafts import LeadDraft

PEOPLE = """
workspace|new|Maya|Chen|Northwind Traders|Head of Growth|Seattle|WA|+1 206 555 0142
workspace|contacted|Liam|O'Brien|Harbor Logistics|Operations Director|Boston|MA|+1 617 555 0167
account|qualified|Sofia|Rossi|Bella Cucina Group|Owner|Chicago|IL|+1 312 555 0119
source||Noah|Williams|||Austin|TX|+1 512 555 0188
platform|new|Jane|Doe|Initech|VP of Engineering|||
account|new|Amara|Okafor|Lagos Lights|Procurement Lead|Houston|TX|+1 713 555 0121
workspace|lost|Lucas|Meyer|Alpine Gear|Sales Manager|Denver|CO|+1 303 555 0155
source|contacted|Emma|Garcia|||San Diego|CA|+1 619 555 0133
workspace|converted|Yuki|Tanaka|Sakura Robotics|CTO|San Jose|CA|+1 408 555 0177
account|contacted|Oliver|Smith|Smith & Sons|Partner|Portland|OR|+1 503 555 0109
platform|qualified|Priya|Sharma|Helix Bio|Director of IT|||
workspace|new|Mateo|Fernandez|Pampas Foods|Export Manager|Miami|FL|+1 305 555 0198
source||Ava|Brown|||Phoenix|AZ|+1 602 555 0124
workspace|qualified|Hannah|Weber|Rhein Software|Head of Sales|New York|NY|+1 212 555 0151
account|new|Ethan|Davis|Blue Ridge Builders|Estimator|Asheville|NC|+1 828 555 0137
workspace|new|Zoe|Martin|Maple Media|Producer|Burlington|VT|+1 802 555 0113
source|qualified|Daniel|Kim|||Los Angeles|CA|+1 213 555 0169
platform|contacted|Omar|Haddad|Cedar Bank|Chief Risk Officer|||
workspace|contacted|Isla|Campbell|Highland Knits|Founder|Madison|WI|+1 608 555 0182
account|converted|Leo|Novak|Novak Dental|Practice Manager|Cleveland|OH|+1 216 555 0146
source||Grace|Lee|||Sacramento|CA|+1 916 555 0174
workspace|new|Arjun|Patel|Monsoon Analytics|Data Lead|Atlanta|GA|+1 404 555 0128
workspace|new|Clara|Jensen|Fjord Design|Creative Director|Minneapolis|MN|+1 612 555 0191
account|lost|Hugo|Laurent|Lumiere Optics|Buyer|Philadelphia|PA|+1 215 555 0116
source|new|Mia|Wilson|||Tampa|FL|+1 813 555 0163
platform|new|Ingrid|Larsen|Polar Shipping|Fleet Manager|||
workspace|qualified|Samuel|Adeyemi|Crestline Energy|Project Lead|Dallas|TX|+1 214 555 0149
account|new|Chloe|Dubois|Atelier Dubois|Owner|New Orleans|LA|+1 504 555 0106
source||Jack|Taylor|||Nashville|TN|+1 615 555 0185
workspace|contacted|Elena|Popescu|Carpathia Travel|Marketing Lead|Orlando|FL|+1 407 555 0172
workspace|new|Maya|Chen|Northwind Traders|Head of Growth|Seattle|WA|+1 206 555 0142
source||Emma|Garcia|||San Diego|CA|+1 619 555 0133
account|new|Ben|Carter|Carter Freight|Dispatcher|Memphis|TN|+1 901 555 0138
platform|new|Rosa|Alvarez|Sol Credit|Head of Product|||
workspace|new|Finn|Murphy|Emerald Labs|Research Lead|Raleigh|NC|+1 919 555 0157
source|contacted|Lily|Nguyen|||Portland|OR|+1 971 555 0194
"""


def sample(line: str) -> tuple[str, str, LeadDraft]:
    door, status, first, last, company, title, city, state, phone = line.split("|")
    host = "".join(letter for letter in company.lower() if letter.isalnum()) or "mail"
    email = f"{first}.{last}@{host}.example.com".lower().replace("'", "")
    draft = LeadDraft(
        first_name=first, last_name=last, email=email, company=company, title=title, city=city, state=state, phone=phone
    )
    if door == "source":
        draft.utm_source, draft.utm_campaign, draft.product = "google", "spring", "solar"
    if city:
        draft.country, draft.tags = "US", ["demo"]
    return door, status if status != "new" else "", draft


SAMPLES = [sample(line) for line in PEOPLE.strip().splitlines()]
