from unfold.sites import UnfoldAdminSite


class ConsoleSite(UnfoldAdminSite):
    """The Leads page console."""
