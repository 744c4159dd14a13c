// Nothing of its own: the headers that SETCLICK_PRECOMPILE compiles once belong to a target with a source.
