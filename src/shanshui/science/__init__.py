"""Floor 1: compiled, iterative or shared kernels on arrays. No paths, no files, no configuration."""
