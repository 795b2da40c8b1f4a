"""The catalogues of the portal's languages, and the collector of their sentences."""
