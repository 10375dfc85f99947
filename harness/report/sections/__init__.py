"""The sections below the table: what to believe of it."""
