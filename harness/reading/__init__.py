"""How a text is read: from what a model wrote to the one answer that it concludes, kind by kind."""
