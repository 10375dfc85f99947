"""How replies are made fast: gathered into full batches, with what prompts share computed once."""
