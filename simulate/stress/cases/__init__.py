"""From a failing dialogue to a regression case: replay, shrink, keep."""
