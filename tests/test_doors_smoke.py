import json
from tests.people import *

def post(client, path, body, **h):
    return client.post(path, data=json.dumps(body), content_type="application/json", headers={k.replace("_","-"):v for k,v in h.items()})

def test_all(client, acme):
    r=post(client,"/v1/leads",{"email":"John@acme.com","firstName":"J","tags":["a"],"zzz":1,"customFields":{"a":1}},X_Api_Key=acme.key)
    print(r.status_code,r.content); assert r.status_code==201
    r=post(client,"/v1/leads/",{"email":"john@acme.com "},X_Api_Key=acme.key); print(r.status_code,r.content)
    r=post(client,"/leads",{"firstName":"J","lastName":"D"},Authorization="Bearer "+acme.token,x_account_id=str(acme.account.pk)); print(r.status_code,r.content)
    a=platform_admin(); k=ApiKey.objects.issue(KeyKind.PLATFORM,user=a)[1]
    r=post(client,"/v1/platform/leads",{"email":"j@x.com","first_name":"J","last_name":"D"},Authorization="Bearer "+k); print(r.status_code,r.content)
    s,k=source(acme.account,acme.owner)
    r=post(client,"/leads/intake",{"email":"j@x.com","price":"12.50","gender":"male","birthDate":"2000-01-01","zip":94107,"sourceMetadata":{"a":1,"b":True}},X_Leadping_Source_Id=str(s.uuid),X_Leadping_Source_Key=k); print(r.status_code,r.content)
    r=post(client,"/leads/intake",{"foo":"bar"},Authorization="Bearer "+k); print(r.status_code,r.content)
    for p in ("/v1/zzz","/leads/zzz","/v1/platform/zz","/leads/intake/zz","/teams"): r=client.get(p); print(p, r.status_code,r.content)
    for p in ("/v1/leads","/leads","/v1/platform/leads","/leads/intake"):
        r=client.get(p); print(p, r.status_code,r.content,r.headers.get("Allow"))
        r=client.post(p); print(p, r.status_code,r.content)
    r=client.get("/readyz"); print(r.content)
    r=client.get("/api/schema"); assert r.status_code==200
