"""What a company's own token reads over all of its customers: pages of permissions and of profiles, and one permission."""

from portal.oauth.shared.grants import GrantPage, shared_grants
from portal.oauth.shared.managed import managed_grant, shown_grant, shown_history
from portal.oauth.shared.pages import ProfilePage, one_customer, shared_page

__all__ = [
    "GrantPage",
    "ProfilePage",
    "managed_grant",
    "one_customer",
    "shared_grants",
    "shared_page",
    "shown_grant",
    "shown_history",
]
