"""What the shop asks for, and what it says when the answer is no: each of Freehold's reasons in a person's words."""

DELIVERY = "https://w3id.org/dpv#DeliveryOfGoods"
SUGGESTIONS = "https://w3id.org/dpv#ProvideProductRecommendations"
ASKED = {
    DELIVERY: ("profile.name", "profile.address", "profile.email", "profile.phone", "profile.birth_date"),
    SUGGESTIONS: ("profile.tastes", "orders.line", "orders.line.category"),
}
REQUIRED = {"profile.name", "profile.address"}
LABELS = {
    "profile.name": "Name",
    "profile.address": "Address",
    "profile.email": "E-mail",
    "profile.phone": "Phone",
    "profile.birth_date": "Date of birth",
}

CONNECTED = "Connected. This is what you share with us; you can stop it in Freehold at any moment."
PAUSED_STILL = (
    "Your choice is saved. You have paused sharing, so we see nothing until you press Go on sharing in Freehold."
)
UNCHANGED = "Nothing has changed: what you share with us stays as it was."
NOT_CONNECTED = "We are not connected, so we see nothing of yours. What you share in Freehold stays as it was."
_STOPPED = "You stopped sharing with us. We can no longer see this; connect again whenever you like."
_ENDED = "Our connection with Freehold has ended. Connect again if you want us to see this."
_BUSY = "Freehold is busy just now. Nothing is lost; look again in a moment."
REFUSALS = {
    "revoked": _STOPPED,
    "replaced": "You have given us a newer permission since. Press Connect again, so that we read with that one.",
    "expired": "The time for which you shared this is over. Connect again if you want us to have it.",
    "narrowed": "You took this out of what you share with us.",
    "paused": "You have paused sharing. Nothing is lost: press Go on sharing in Freehold and we can see this again.",
    "blocked": "You asked Freehold to keep us out. To be asked again, press “Let it ask again” there first.",
    "budget": "We have looked as often as you allow for now. Come back later, or share with us again.",
    "used-up": "We have looked as often as you allowed and cannot look again. If you want us to, share with us again.",
    "no-grant": "You have not shared this with us.",
    "not-yet": "What you agreed to share has not begun yet.",
    "access_denied": "You chose not to share. That is fine: you can tell us where to send your books at the counter.",
    "not-connected": "You are not connected with Freehold. Press the button to begin.",
    "mismatching_state": (
        "You answered in Freehold, but not in the browser in which you left us, so we have read nothing here. Press "
        "Connect once more: Freehold shows what you chose, and we are connected in this browser, too."
    ),
    "unreachable": "Freehold cannot be reached just now. What you share is safe there; look again in a moment.",
    **dict.fromkeys(("token-revoked", "code-replayed", "refresh-reused", "token-unknown", "invalid_grant"), _ENDED),
    **dict.fromkeys(
        ("client-blocked", "vendor-blocked"), "Freehold no longer lets our shop in. We are looking into it."
    ),
    **dict.fromkeys(("busy", "unavailable", "changing", "temporarily_unavailable", "server_error"), _BUSY),
}
PASSING = {"paused", "not-yet", "budget", "unreachable", "busy", "unavailable", "changing"}
"""Reasons that say nothing of an end: what was agreed stands, and we may see it again."""
OTHERWISE = "Freehold did not let us read this. Connect again; if that does not help, please tell us."


class Refused(Exception):
    """No data, and why: a reason code of Freehold's."""

    @property
    def sentence(self) -> str:
        """The reason in a person's words."""
        return REFUSALS.get(str(self), OTHERWISE)
