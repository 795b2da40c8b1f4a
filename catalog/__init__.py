"""The application: the directory, the negative list, the rates, review, accounts, and three doors."""
