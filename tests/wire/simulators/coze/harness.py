"""Questions to the simulated Coze, as bytes over HTTP."""

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from simulators.coze import BOT

FLOW = "7366468917055000001"


def question(text="hello", **fields):
    return {"role": "user", "type": "question", "content": text, "content_type": "text", **fields}


def body(text="hello", **fields):
    return {"bot_id": BOT, "user_id": "u", "stream": True, "additional_messages": [question(text)], **fields}


async def events(response):
    """The events of a recorded-style stream, as (event, data)."""
    blocks = (await response.read()).decode().split("\n\n")
    return [tuple(line.partition(":")[2] for line in block.split("\n")) for block in blocks if block]


async def ask(http, coze, text="hello", conversation="", **fields):
    """One whole turn: its events, and the chat."""
    query = {"conversation_id": conversation} if conversation else {}
    async with http.post(f"{coze.url}/v3/chat", params=query, json=body(text, **fields)) as response:
        told = await events(response)
    return told, coze.chats[-1]


async def get(http, coze, path, **query):
    async with http.get(coze.url + path, params=query) as response:
        return await response.json(content_type=None)


async def post(http, coze, path, json=None, **query):
    async with http.post(coze.url + path, params=query, json=json) as response:
        return await response.json(content_type=None)


def kinds(told):
    return [event for event, _ in told]


def keys():
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return private.decode(), public.decode()
