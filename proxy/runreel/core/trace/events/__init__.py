"""Events that repeat each other, read without parsing each one."""
