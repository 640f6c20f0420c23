"""Operations: the processes of the site, and the run that a timer calls."""
