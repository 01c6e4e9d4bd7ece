"""The page of agreements: the list, one agreement with its calendar, and a new one."""
