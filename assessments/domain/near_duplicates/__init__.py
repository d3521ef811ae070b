"""Questions that ask nearly the same: what AI drafts beside what a bank has, and what an import brings beside all banks."""
