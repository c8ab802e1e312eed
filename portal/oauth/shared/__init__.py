"""What a company's own token reads over all of its customers: pages of permissions and of profiles."""

from portal.oauth.shared.grants import GrantPage, shared_grants
from portal.oauth.shared.pages import ProfilePage, shared_page

__all__ = ["GrantPage", "ProfilePage", "shared_grants", "shared_page"]
