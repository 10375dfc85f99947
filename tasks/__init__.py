"""Problems: one file per data set or generator."""
